internal import SPASystem
internal import SPAWorker

CurrentProcess.exitNow(ChildProgram.answer("spad-worker", startedBy: "spad") ?? Worker.run())
