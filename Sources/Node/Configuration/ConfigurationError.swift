/// What is wrong with a node's configuration: the place, the reason, and what to do.
package struct ConfigurationError: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    case unreadable(String)
    case notYAML(String)
    case unknownKey(nearest: String?)
    case duplicateKey
    case missing
    /// The value has another form than the key's; the text says which is wanted.
    case wrongForm(String)
    case notLoopback
    case unknownVariable
  }

  /// The file, or the name of the environment variable.
  package let source: String
  /// The line in the file, from 1.
  package let line: Int?
  /// The key with its dots, or empty where the whole file is meant.
  package let key: String
  package let reason: Reason

  package init(source: String, line: Int? = nil, key: String = "", reason: Reason) {
    (self.source, self.line, self.key, self.reason) = (source, line, key, reason)
  }

  /// The stable code of this error.
  package var code: String {
    switch reason {
    case .unreadable: "CONFIG_UNREADABLE"
    case .notYAML: "CONFIG_NOT_YAML"
    case .unknownKey: "CONFIG_UNKNOWN_KEY"
    case .duplicateKey: "CONFIG_DUPLICATE_KEY"
    case .missing: "CONFIG_MISSING_KEY"
    case .wrongForm: "CONFIG_WRONG_VALUE"
    case .notLoopback: "CONFIG_NOT_LOOPBACK"
    case .unknownVariable: "CONFIG_UNKNOWN_VARIABLE"
    }
  }

  /// Place, key, reason and remedy in one line.
  package var sentence: String {
    let place = line.map { "\(source):\($0)" } ?? source
    let subject = key.isEmpty ? place : "\(place): \(key)"
    return "\(subject): \(explanation)"
  }

  private var explanation: String {
    switch reason {
    case .unreadable(let text): "cannot be read (\(text)); check the path and the file's permissions"
    case .notYAML(let text): "is not YAML (\(text)); compare it with Deploy/floord.yaml"
    case .unknownKey(let nearest?): "is not a key; did you mean \(nearest)?"
    case .unknownKey(nil): "is not a key; the keys are listed in Deploy/floord.yaml"
    case .duplicateKey: "stands twice; remove one of the two"
    case .missing: "is missing; add it as Deploy/floord.yaml shows"
    case .wrongForm(let wanted): "must be \(wanted)"
    case .notLoopback: "must be a loopback address, as 127.0.0.1:7500: the API asks for no password"
    case .unknownVariable: "overrides no key; unset it, or see Deploy/floord.yaml for the names"
    }
  }
}
