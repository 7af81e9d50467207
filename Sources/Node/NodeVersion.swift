import API

/// The program's version, the same for every program of the package.
package enum NodeVersion {
  package static let text = ProgramVersion.text
}
