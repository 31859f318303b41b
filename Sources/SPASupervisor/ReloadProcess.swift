internal import SPAChannel

/// A new configuration on its way into force: first to the helper, which then knows old and new limits, then to the worker,
/// then the helper forgets the old ones. So no knock meets a gap.
struct ReloadProcess {
    enum Stage { case helper, worker }

    let configuration: ServerConfiguration
    let generation: UInt16
    var stage = Stage.helper
    /// Whether somebody waits at the control socket for the outcome.
    let hasCaller: Bool
}
