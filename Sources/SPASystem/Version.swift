/// The version of all programs of this package.
package enum Version {
    package static let string = "0.1.0"
}
