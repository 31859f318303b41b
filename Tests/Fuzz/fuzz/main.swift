// One program for all fuzz targets: FUZZ_TARGET names the decoder, the arguments are libFuzzer's.
// Built only with SALLYPORT_FUZZ set; see Tests/Fuzz/run.

internal import CFuzz
internal import SPASystem

private nonisolated func one(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    // SAFETY: libFuzzer lends `count` bytes for the length of the call.
    let input = unsafe Span<UInt8>(_unsafeElements: UnsafeBufferPointer(start: bytes, count: count))
    FuzzTarget.current?.take(input)
    return 0
}

extension FuzzTarget {
    /// Read once: an environment does not change under a fuzzer.
    nonisolated static let current = FuzzTarget(rawValue: CurrentProcess.environment("FUZZ_TARGET") ?? "")
}

guard FuzzTarget.current != nil else {
    StandardOutput.write(FuzzTarget.allCases.map { $0.rawValue + "\n" }.joined())
    CurrentProcess.exitNow(2)
}
CurrentProcess.exitNow(unsafe sp_fuzz_run(CommandLine.argc, CommandLine.unsafeArgv, one))
