internal import SPAHelper
internal import SPASystem

CurrentProcess.exitNow(ChildProgram.answer("spad-helper", startedBy: "spad") ?? Helper.run())
