// Tries one forbidden act from inside the sandbox of one of the server's processes: the real confinement code, not a copy.
//
//     sandbox-attack list
//     sandbox-attack filter ROLE
//     sandbox-attack ROLE full|bare UID ACT TARGET_PID FILE
//
// The exit status is the errno of the refusal, 0 where the act succeeded; a filter that kills shows as death by SIGSYS.
// `filter` prints the system calls that the role's filter allows, with their numbers on this machine.
// `bare` leaves out the filter of system calls alone, so that the walls behind it are seen to stand by themselves.

internal import CAttacks
internal import SPAPrivilege
internal import SPASystem

private func run() -> Int32 {
    let words = CurrentProcess.arguments
    if words.count == 2, words[1] == "list" {
        var index: Int32 = 0
        while let name = unsafe act_name(index) {
            StandardOutput.write(unsafe String(cString: name) + "\n")
            index += 1
        }
        return 0
    }
    let filters: [String: SyscallFilter] = ["worker": .worker, "helper": .helper, "supervisor": .supervisor]
    if words.count == 3, words[1] == "filter", let filter = filters[words[2]] {
        for (name, number) in filter.allowed { StandardOutput.write("\(name) \(number)\n") }
        return 0
    }
    let roles: [String: ConfinedRole] = ["worker": .worker, "helper": .helper, "supervisor": .supervisor]
    guard words.count == 7, let role = roles[words[1]], let number = UInt32(words[3]),
        let target = Int32(words[5]),
        let identity = Identity(user: number, group: number)
    else {
        StandardError.write("usage: sandbox-attack ROLE full|bare UID ACT TARGET_PID FILE\n")
        return 255
    }
    do throws(ConfinementError) {
        _ = try Privileged().confine(words[2] == "bare" ? role.withoutFilter : role, as: identity)
    } catch {
        StandardError.write("\(error)\n")
        return 254
    }
    return unsafe attempt(words[4], target, words[6])
}

CurrentProcess.exitNow(run())
