import CBOR
import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Membership

/// What must be true of the databases of a network's nodes, whatever happened to them. The rules are written down here again: nothing of
/// the nodes' own judgement is asked. Each judge answers what it objects to.
package enum Judges {
  /// Two blocks of one height, and heights that are missing below a node's last one.
  package static func agreement(_ records: [NodeRecord]) -> [String] {
    var objections: [String] = []
    var chain: [UInt64: (NodeRecord.FinalBlock, String)] = [:]
    for record in records {
      for (height, block) in record.chain.sorted(by: { $0.key < $1.key }) {
        if let (other, member) = chain[height], other != block {
          objections.append("height \(height): \(record.member) and \(member) have different blocks")
        }
        chain[height] = (block, record.member)
        if height > 1, record.chain[height - 1] == nil {
          objections.append("\(record.member) lacks height \(height - 1)")
        }
      }
    }
    return objections
  }

  /// Pairs of votes that one member must not have signed both, in one epoch and view: two `notarize` or two `finalize` of different blocks,
  /// `notarize` and `finalize` of different blocks, `nullify` and `finalize`.
  package static func contradictions(_ records: [NodeRecord]) -> [String] {
    records.flatMap { record in
      Dictionary(grouping: record.votes) { "epoch \($0.epoch), view \($0.view)" }.compactMap { place, votes in
        let blocks = Set(votes.compactMap(\.block))
        let kinds = Set(votes.map(\.kind))
        let isTorn = blocks.count > 1 || kinds.isSuperset(of: [.nullify, .finalize])
        return isTorn ? "\(record.member) contradicted itself in \(place)" : nil
      }
    }
  }

  /// What was acknowledged as committed and is not there, at that height and accepted.
  package static func losses(_ records: [NodeRecord], acknowledged: [String: UInt64]) -> [String] {
    records.flatMap { record in
      acknowledged.compactMap { identity, height in
        let found = record.committed[identity]
        return found?.height == height && found?.result == "ACCEPTED"
          ? nil : "\(record.member) lacks \(identity.prefix(16))…, acknowledged at height \(height)"
      }
    }
  }

  /// Certificates with too few signers, or with signatures that are not theirs. `voters` are those who vote in an epoch, ascending by id.
  package static func certificates(
    _ records: [NodeRecord], network: NetworkID, voters: (_ epoch: UInt64) -> [Member]
  ) -> [String] {
    records.flatMap { record in
      record.certificates.compactMap { certificate in
        let members = voters(certificate.subject.epoch.number)
        let enough = members.count * 2 / 3 + 1
        let signers = Set(certificate.signatures.map { Int($0.index) })
        let isSigned = certificate.signatures.allSatisfy { entry in
          guard members.indices.contains(Int(entry.index)) else { return false }
          let member = members[Int(entry.index)]
          let message = SignedStatement.signedBytes(
            payload: Vote(certificate.subject, by: member.id).encoded, type: certificate.kind.statementType,
            algorithm: member.node.algorithm, network: network)
          return member.node.isValid(signature: entry.signature, of: message)
        }
        guard signers.count < enough || !isSigned else { return nil }
        return "\(record.member): a certificate of view \(certificate.view) has \(signers.count) signers, "
          + (isSigned ? "\(enough) are needed" : "and not all signatures are theirs")
      }
    }
  }

  /// Members against whom a node has two votes of one view that contradict each other, both with the member's own signature.
  package static func exposed(by record: NodeRecord, members: [Member], network: NetworkID) -> Set<String> {
    Set(
      record.evidence.compactMap { evidence in
        let votes = [evidence.first, evidence.second].compactMap { try? Vote(decoding: $0.statement.payload) }
        guard votes.count == 2, votes[0].member == votes[1].member, votes[0].view == votes[1].view,
          votes[0].subject != votes[1].subject,
          let member = members.first(where: { $0.id == votes[0].member })
        else { return nil }
        let isSigned = zip([evidence.first, evidence.second], votes).allSatisfy { signed, vote in
          let message = SignedStatement.signedBytes(
            payload: signed.statement.payload, type: vote.kind.statementType, algorithm: member.node.algorithm,
            network: network)
          return member.node.isValid(signature: signed.statement.signature, of: message)
        }
        return isSigned ? member.id.text : nil
      })
  }
}
