internal import SPAHelper
internal import SPASystem

CurrentProcess.exitNow(Helper.run())
