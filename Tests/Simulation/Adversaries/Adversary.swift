import Cryptography
import Membership
import Replica

/// A member that does not keep to the rules. It runs a replica like everyone, and sends what it likes instead of what
/// its replica wants sent.
protocol Adversary {
  /// What goes out in place of a message to those recipients.
  mutating func corrupt(_ message: PeerMessage, to recipients: [Int]) -> [Parcel]
}

/// A message that an adversary sends, with the signatures that it made for it.
struct Parcel {
  let message: PeerMessage
  let recipients: [Int]
  var signatures: [[UInt8]] = []
}

/// What an adversary has: the network's public knowledge, its own keys, and its accomplices.
struct Corruption {
  let network: SimulatedNetwork
  let place: Int
  /// All Byzantine members, itself among them.
  let accomplices: Set<Int>
  var chance: SplitMix64

  var member: Member { network.members[place] }

  /// How many signatures a certificate has that is one short of more than two thirds.
  static func thinQuorum(of members: Int) -> Int { 2 * members / 3 }
}

/// Which adversary a scenario has.
enum AdversaryKind {
  case equivocator
  case thinCertifier
  case forger

  static func of(_ scenario: Scenario) -> AdversaryKind {
    switch scenario.mutation {
    case .thinCertificates: .thinCertifier
    case .unverifiedSignatures: .forger
    case .voteBeforeStored, .tooManyEquivocators, .hastyAcknowledgement, .lyingDisks, nil: .equivocator
    }
  }

  func make(_ corruption: Corruption) -> any Adversary {
    switch self {
    case .equivocator: Equivocator(corruption)
    case .thinCertifier: ThinCertifier(corruption)
    case .forger: Forger(corruption)
    }
  }
}
