internal import SPACaptureFilter
internal import SPASystem

// Compiles a filter expression and ends. The only program that carries libpcap and what that brings along, so that none
// which lives on does; `spad` runs it without rights, and it never sees a key.
//
//     spad-filter BYTES EXPRESSION
//
// Instructions go to standard output, libpcap's words against the expression to standard error.

private func run() -> Int32 {
    let words = CurrentProcess.arguments
    guard words.count == 3, let length = Int32(words[1]), (1...262_144).contains(length) else {
        StandardError.write("usage: spad-filter BYTES EXPRESSION\n")
        return 2
    }
    do throws(FilterError) {
        let program = try CaptureFilter.compile(words[2], length: length)
        do throws(SystemError) { try StandardOutput.write(program.span) } catch { return 2 }
        return 0
    } catch {
        StandardError.write("\(error)\n")
        return 1
    }
}

CurrentProcess.exitNow(run())
