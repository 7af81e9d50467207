/// The version of every program of this repository: what `--version` prints and `StatusReport` names.
package enum ProgramVersion {
  package static let text = "0.2.0"
}
