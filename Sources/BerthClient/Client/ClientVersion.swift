/// The version of the library and of what comes with it, by semver.org.
package enum ClientVersion {
    package static let current = "0.1.0"
}
