import API
import ArgumentParser
import Client
import Cryptography
import Foundation
import Ledger
import Membership
import Negotiation
import Trade

/// Signs acts and hands them to a node, the same way for every command that does.
struct Submission {
  let client: NodeClient
  let signer: StatementSigner
  /// The last block time at which what is signed now may be included.
  let notAfter: Instant

  /// Asks the node for its network, so that nothing is signed for another.
  init(_ options: SignerOptions) async throws {
    let (member, key) = try options.signer()
    client = try options.connection.client()
    let status = try await client.status()
    guard let network = Digest(hexadecimal: status.network) else {
      throw Failure(NodeError.unexpectedAnswer(node: client.address.description, reason: "a network without a name"))
    }
    let roster = try await client.members()
    try Self.check(key.publicKey, member, roster)
    signer = StatementSigner(member: member, network: NetworkID(network), key: key)
    // Long enough for a slow network, well within what the ledger allows ahead of its last block.
    let life = min(status.longestLifetime / 2, 300_000)
    notAfter = Instant(milliseconds: max(status.clock.milliseconds, status.head.time.milliseconds) + life)
  }

  /// Tells before anything is sent that the key is another than the roster's.
  private static func check(_ key: PublicKey, _ member: MemberID, _ roster: MemberList) throws {
    guard let entry = roster.members.first(where: { $0.member == member.text }) else {
      throw Failure.refused("STRANGER", "\(member) is not a member of this network")
    }
    guard entry.keys["authority"]?.key == key.bytes.hexadecimal else {
      throw Failure.refused("WRONG_KEY", "the key file is not that of the authority key of \(member) in the roster")
    }
  }

  /// Submits an act and waits until it is committed. A refusal by the ledger is thrown with its code.
  func submit(_ act: Act) async throws -> SubmissionReport { try await submit(.act(act)) }

  /// Submits what the authority key signs, and waits until it is committed.
  func submit(_ body: TransactionBody) async throws -> SubmissionReport {
    let statement = try signer.sign(body, notAfter: notAfter)
    let report = try await client.submit(statement, as: body.statementType, wait: .committed(milliseconds: 30_000))
    guard report.result == "OK" || report.result == nil else {
      throw Failure.refused(report.result ?? "REFUSED", report.sentence ?? "the ledger refused it")
    }
    return report
  }
}

extension SubmissionReport {
  /// What to tell people about a committed act.
  var line: String {
    switch state {
    case .committed: "committed at height \(height.map(String.init) ?? "?"), transaction \(identity.prefix(16))…"
    case .pending: "accepted and not committed yet, transaction \(identity.prefix(16))…"
    }
  }
}
