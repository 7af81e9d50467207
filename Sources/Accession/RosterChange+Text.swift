import Cryptography
import Membership

extension KeyRole {
  package var name: String {
    switch self {
    case .root: "root"
    case .authority: "authority"
    case .node: "node"
    }
  }

  /// Nil for a name that no role has.
  package init?(name: String) {
    guard let role = KeyRole.allCases.first(where: { $0.name == name }) else { return nil }
    self = role
  }
}

/// What a change is called.
extension RosterChange {
  /// The stable name of its kind.
  package var name: String {
    switch self {
    case .admit: "ADMIT"
    case .suspend: "SUSPEND"
    case .reinstate: "REINSTATE"
    case .withdraw: "WITHDRAW"
    case .rotate: "ROTATE"
    case .pins: "PINS"
    case .rules: "RULES"
    }
  }

  /// What it does, for people.
  package var sentence: String {
    switch self {
    case .admit(let admission): "\(admission.member.id) (\(admission.member.name)) joins"
    case .suspend(let member): "\(member) is suspended"
    case .reinstate(let member): "\(member) is reinstated, and the evidence against it settled"
    case .withdraw(let member, _): "\(member) withdraws"
    case .rotate(let rotation): "\(rotation.member) has another \(rotation.role.name) key"
    case .pins(let member, let pins, _): "\(member) pins \(pins.count == 1 ? "one certificate" : "two certificates")"
    case .rules(let version, let height): "rules of version \(version) from height \(height) on"
    }
  }

  /// The fingerprints of the keys that it brings, by role: what people compare over a second channel.
  package var fingerprints: [String: String] {
    switch self {
    case .admit(let admission):
      Dictionary(uniqueKeysWithValues: KeyRole.allCases.map { ($0.name, admission.member.key($0).fingerprint) })
    case .rotate(let rotation): [rotation.role.name: rotation.key.fingerprint]
    case .suspend, .reinstate, .withdraw, .pins, .rules: [:]
    }
  }
}
