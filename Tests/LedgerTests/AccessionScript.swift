import Accession
import Consensus
import Cryptography
import Ledger
import Membership
import Trade

import struct Consensus.Evidence

extension TestNetwork {
  func motion(_ changes: [RosterChange]) -> Motion {
    Motion(
      title: "a change", instrument: Digest.sha256([7]),
      closes: Instant(milliseconds: now.milliseconds + 50_000), changes: changes)
  }

  /// A motion, a ballot, a declaration or evidence, signed with the key of the role that its type wants.
  func stated(_ act: AccessionAct, by name: String) throws -> VerifiedTransaction {
    let content = Transaction(
      signer: try member(name), notAfter: try now.adding(milliseconds: 40_000), body: .accession(act))
    let key = try some(keys[content.signer]?[content.statementType.role])
    let statement = try Self.sign(content, key, genesis.network)
    return try SignedTransaction(statement, as: content.statementType).verified(
      on: state.roster, network: genesis.network, by: Self.verifier)
  }

  /// Two different notarisations by a member in one view of the first epoch.
  func exposure(_ name: String, view: View) throws -> Exposure {
    let member = try member(name)
    let key = try some(keys[member]?[.node])
    let votes = try [UInt8(1), 2].map { seed in
      let subject = VoteSubject.notarize(Digest.sha256([seed]), in: view, of: genesis.context)
      return SignedVote(
        kind: .notarize, statement: try Self.sign(Vote(subject, by: member), key, genesis.network))
    }
    return Exposure(evidence: Evidence(first: votes[0], second: votes[1]), key: key.publicKey)
  }
}
