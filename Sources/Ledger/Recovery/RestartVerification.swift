import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// A restart of which everything was verified that can be verified without executing a block.
package struct VerifiedRestart: Hashable, Sendable {
  package let document: RestartDocument
  /// The freezes' contents, ascending by member.
  package let freezes: [Freeze]
  /// Who approved, ascending.
  package let approvers: [MemberID]
  package let basis: RestartBasis

  package var content: RestartContent { document.content }
  package var digest: Digest { content.digest }
  package var start: BlockLink { content.start }

  /// The epoch that the restart opens. The roster is that of the state after the start block.
  package func context(roster: Roster) -> EpochContext {
    EpochContext(
      network: basis.network, epoch: content.newEpoch, root: content.start, validators: content.newValidators,
      roster: roster)
  }

  /// How many of the frozen validators could have lied without a final block being lost: those beyond n − q + 1.
  package var margin: Int { freezes.count { basis.validators.index(of: $0.member) != nil } - basis.neededFreezes }

  /// What a verifier prints wherever it relied on a restart, one sentence a line.
  package var sentences: [String] {
    let lost = basis.validators.members.map(\.id).filter { content.newValidators.index(of: $0) == nil }
    let names = { (members: [MemberID]) in members.map(\.text).joined(separator: ", ") }
    return [
      "RESTART: the network left epoch \(content.epoch) without a quorum and opened epoch \(content.newEpoch) above"
        + " block \(content.start.height), \(content.start.digest.short)…",
      "Restart \(digest): “\(content.reason)”, instrument \(content.instrument.short)….",
      "Frozen: \(names(freezes.map(\.member))); \(basis.neededFreezes) of \(basis.validators.members.count) were"
        + " needed. \(Self.tolerance(margin))",
      "Approved by the root keys of \(approvers.count) of \(basis.roster.members.count) members, of which"
        + " \(basis.neededApprovals) are needed: \(names(approvers)).",
      "Validators since: \(names(content.newValidators.members.map(\.id)))."
        + (lost.isEmpty ? "" : " No longer: \(names(lost))."),
    ]
  }

  private static func tolerance(_ margin: Int) -> String {
    margin == 0
      ? "Nothing final is lost if all of them are honest."
      : "Nothing final is lost even if \(margin) of them lied."
  }
}

extension RestartDocument {
  package static func verified(
    decoding bytes: [UInt8], on basis: RestartBasis, against presented: [Certificate] = [],
    by verifier: some SignatureVerifier
  ) throws(RestartProblem) -> VerifiedRestart {
    let document: RestartDocument
    do throws(CBORError) { document = try RestartDocument(decoding: bytes) } catch { throw .malformed("\(error)") }
    return try document.verified(on: basis, against: presented, by: verifier)
  }

  /// Accepts the restart if nothing at all is wrong with it (`Protocol/recovery.md`, V5).
  package func verified(
    on basis: RestartBasis, against presented: [Certificate] = [], by verifier: some SignatureVerifier
  ) throws(RestartProblem) -> VerifiedRestart {
    let freezes = try content.verified(on: basis, against: presented, by: verifier)
    let approvers = try verifiedApprovals(on: basis, by: verifier)
    guard approvers.count >= basis.neededApprovals else {
      throw .tooFewApprovals(approvers.count, needed: basis.neededApprovals)
    }
    return VerifiedRestart(document: self, freezes: freezes, approvers: approvers, basis: basis)
  }

  /// Who approved, ascending; every approval verifies, however many there are.
  package func verifiedApprovals(
    on basis: RestartBasis, by verifier: some SignatureVerifier
  ) throws(RestartProblem) -> [MemberID] {
    let digest = content.digest
    var approvers: [MemberID] = []
    for statement in approvals {
      let approval: RestartApproval
      do throws(AttestationError) {
        let signed = try Signed<RestartApproval>(statement, as: .restartApproval)
        approval = try signed.attested(on: basis.roster, network: basis.network, by: verifier).content
      } catch { throw .approval(error) }
      guard approval.content == digest, approval.newEpoch == content.newEpoch else {
        throw .approvalOfOther(approval.member)
      }
      if let last = approvers.last, !(last < approval.member) { throw .approvalsOutOfOrder(approval.member) }
      approvers.append(approval.member)
    }
    return approvers
  }
}

extension RestartContent {
  /// Everything but the approvals: the freezes' contents, ascending by member.
  package func verified(
    on basis: RestartBasis, against presented: [Certificate] = [], by verifier: some SignatureVerifier
  ) throws(RestartProblem) -> [Freeze] {
    guard epoch == basis.epoch, root == basis.root, validators == basis.validators else {
      throw .otherEpoch(epoch, expected: basis.epoch)
    }
    try checkNewEpoch(on: basis)
    let freezes = try verifiedFreezes(on: basis, by: verifier)
    try checkPath(on: basis, by: verifier)
    for freeze in freezes { try check(freeze) }
    for certificate in presented { try check(certificate, freezes, on: basis, by: verifier) }
    return freezes
  }

  private func checkNewEpoch(on basis: RestartBasis) throws(RestartProblem) {
    let last = successor == nil ? epoch : (epoch.next ?? epoch)
    guard newEpoch > last else { throw .epochNotNew(newEpoch) }
    guard successor == nil else { return }
    for validator in newValidators.members where basis.roster[validator.id]?.node != validator.node {
      throw .validatorUnknown(validator.id)
    }
  }

  private func verifiedFreezes(
    on basis: RestartBasis, by verifier: some SignatureVerifier
  ) throws(RestartProblem) -> [Freeze] {
    let directory = FreezeDirectory(roster: basis.roster, successors: successor.map { [$0] } ?? [])
    var freezes: [Freeze] = []
    for statement in self.freezes {
      let freeze = try FreezeFile.attested(statement, on: basis, directory, by: verifier)
      if let last = freezes.last, !(last.member < freeze.member) { throw .freezesOutOfOrder(freeze.member) }
      freezes.append(freeze)
    }
    let count = freezes.count { validators.index(of: $0.member) != nil }
    guard count >= basis.neededFreezes else { throw .tooFewFreezes(count, needed: basis.neededFreezes) }
    if let successor {
      let needed = successor.quorum.members - successor.quorum.quorum + 1
      let count = freezes.count { successor.index(of: $0.member) != nil }
      guard count >= needed else { throw .tooFewSuccessors(count, needed: needed) }
    }
    return freezes
  }

  /// The certificates verify, and the headers lead from the one to the other.
  private func checkPath(on basis: RestartBasis, by verifier: some SignatureVerifier) throws(RestartProblem) {
    for (kind, certificate) in [(VoteKind.finalize, finalisation), (.notarize, notarisation)] {
      guard let certificate else { continue }
      guard certificate.kind == kind else { throw .malformed("\(certificate.kind)") }
      do throws(CertificateError) { _ = try certificate.verified(in: basis, by: verifier) } catch {
        throw .certificate(error)
      }
    }
    if let finalisation, let notarisation, notarisation.view <= finalisation.view { throw .malformed("views") }
    if let finalisation, let block = VotedBlock(finalisation) {
      guard let first = headers.first, first.digest == block.digest, first.view == block.view else {
        throw .headersBroken(block.digest)
      }
    } else if let first = headers.first {
      guard first.follows(root) else { throw .headersBroken(root.digest) }
    }
    for (parent, child) in zip(headers, headers.dropFirst()) where !child.follows(parent.link) {
      throw .headersBroken(child.parent)
    }
    for header in headers where header.epoch != epoch { throw .headersBroken(header.digest) }
    guard (headers.last?.digest ?? root.digest) == (highest?.digest ?? root.digest),
      headers.last?.view == highest?.view
    else { throw .headersBroken(highest?.digest ?? root.digest) }
    try checkTail()
  }

  private func checkTail() throws(RestartProblem) {
    guard tail > 0 else { return }
    guard successor != nil, Int(tail) < headers.count, let start = startHeader else { throw .notATail }
    for header in headers.suffix(Int(tail)) {
      guard header.transactionsRoot == MerkleHash.empty, header.stateRoot == start.stateRoot else { throw .notATail }
    }
  }

  /// No freeze names a block above the highest, nor another one of its view.
  private func check(_ freeze: Freeze) throws(RestartProblem) {
    for claim in [freeze.notarised, freeze.finalised].compactMap(\.self) {
      guard let highest, claim.view <= highest.view else { throw .startNotHighest(freeze.member, claim.view) }
      guard claim.view != highest.view || claim.digest == highest.digest else {
        throw .claimsContradict(freeze.member, claim.view)
      }
    }
    guard let claim = freeze.finalised else { return }
    guard let finalisation, claim.view <= finalisation.view else {
      // A final block that the headers pass through needs no certificate of its own here.
      guard headers.contains(where: { $0.digest == claim.digest }) else {
        throw .notExtended(claim, liars: [])
      }
      return
    }
  }

  /// A finalisation that somebody presents is on the way to the highest block, or below what is final here.
  private func check(
    _ presented: Certificate, _ freezes: [Freeze], on basis: RestartBasis, by verifier: some SignatureVerifier
  ) throws(RestartProblem) {
    guard let block = VotedBlock(presented), presented.kind == .finalize else { return }
    do throws(CertificateError) { _ = try presented.verified(in: basis, by: verifier) } catch {
      throw .certificate(error)
    }
    if let finalisation, block.view < finalisation.view { return }
    guard headers.contains(where: { $0.digest == block.digest }) else {
      throw .notExtended(block, liars: liars(of: presented, freezes))
    }
  }

  /// The members that signed that finalisation and froze as if they had not seen its block notarised.
  private func liars(of finalisation: Certificate, _ freezes: [Freeze]) -> [MemberID] {
    finalisation.signatures.compactMap { entry in
      guard Int(entry.index) < validators.members.count else { return nil }
      let member = validators.members[Int(entry.index)].id
      guard let freeze = freezes.first(where: { $0.member == member }) else { return nil }
      return (freeze.highest?.view ?? root.view) < finalisation.view ? member : nil
    }
  }
}

extension BlockHeader {
  /// Whether this is a child of that block.
  func follows(_ parent: BlockLink) -> Bool {
    self.parent == parent.digest && parentView == parent.view && height == parent.height.next && view > parent.view
  }
}
