internal import SPASupervisor
internal import SPASystem

CurrentProcess.exitNow(Supervisor.run())
