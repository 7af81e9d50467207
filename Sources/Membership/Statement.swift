import CBOR
import Cryptography

/// The types of signed statements. The type is part of the signed bytes, so a statement of one type never passes for another.
package enum StatementType: String, Hashable, Sendable, CaseIterable {
  // By root keys
  case genesis
  case restartApproval = "restart-approval"
  case rootApproval = "root-approval"
  // By the very key that it names
  case possession
  // By node keys
  case hello
  case notarize
  case nullify
  case finalize
  case status
  case freeze
  case snapshotManifest = "snapshot-manifest"
  // By node keys: transactions
  case ready
  case evidence
  case restart
  // By authority keys: transactions
  case memorandum
  case docketOpen = "docket-open"
  case docketWithdraw = "docket-withdraw"
  case commitment
  case reveal
  case ballot
  case motion
  case motionBallot = "motion-ballot"
  // By authority keys, to the member's own node
  case deskSheet = "desk-sheet"
  case deskApproval = "desk-approval"

  /// The role of the key that signs statements of this type. A proof of possession is verified under the key that it names,
  /// whichever its role is (``SoleKey``); no directory of members is asked for that one.
  package var role: KeyRole {
    switch self {
    case .genesis, .restartApproval, .rootApproval, .possession: .root
    case .hello, .notarize, .nullify, .finalize, .status, .freeze, .snapshotManifest, .ready, .evidence, .restart: .node
    case .memorandum, .docketOpen, .docketWithdraw, .commitment, .reveal, .ballot, .motion, .motionBallot, .deskSheet,
      .deskApproval:
      .authority
    }
  }
}

extension StatementType: CBORCodable {
  package static let maximumLength = 32

  package func encode(to writer: inout CBORWriter) { writer.text(rawValue) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard let type = StatementType(rawValue: try reader.text(max: Self.maximumLength)) else { throw .unknownValue }
    self = type
  }
}

/// The content of a signed statement: it names its signer, and its encoding is what is signed.
package protocol Statement: Hashable, Sendable, CBORCodable {
  /// The type that is bound into the signature.
  var statementType: StatementType { get }
  /// The member that signs.
  var signer: MemberID { get }
  /// Whether bytes of this type are of this statement: a statement that serves several types says which.
  static func accepts(_ type: StatementType) -> Bool
}

/// The network that a statement belongs to: the digest of the genesis content. Genesis statements alone have none.
package struct NetworkID: Hashable, Sendable, CustomStringConvertible {
  package let digest: Digest?

  /// What genesis statements are signed under, since the network's identity is the digest of what they sign.
  package static let none = NetworkID(digest: nil)

  package init(_ digest: Digest) { self.digest = digest }

  private init(digest: Digest?) { self.digest = digest }

  package var description: String { digest?.hexadecimal ?? "none" }

  var bytes: [UInt8] { digest?.bytes ?? [] }
}
