/// Where a program is that somebody named without its folder.
package enum ProgramPath {
    /// `name` itself where it has a slash, else the first executable file of that name in `path` (the variable PATH; nil for
    /// the usual folders). Relative folders are passed over: what they hold depends on where we happen to stand.
    package static func find(_ name: String, path: String?) -> String? {
        if name.contains("/") { return name }
        let folders = (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        return folders.lazy.filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }.first(
            where: FileSystem.isExecutable)
    }
}
