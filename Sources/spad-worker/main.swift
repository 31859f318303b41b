internal import SPASystem
internal import SPAWorker

CurrentProcess.exitNow(Worker.run())
