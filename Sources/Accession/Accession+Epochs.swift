import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// Who takes part in agreement, from which block on (`Protocol/membership.md`, sections 5 and 6).
extension Accession {
  /// Records that a member's node has executed the chain (A12).
  mutating func declare(_ readiness: Readiness, _ by: Signing) throws(AccessionRefusal) {
    guard var standing = standings[by.member], [.full, .signatory].contains(standing.status) else { throw .notFull }
    guard validators.index(of: by.member) == nil else { throw .readyNeedless }
    guard recent.contains(BlockMark(height: readiness.height, digest: readiness.block)) else { throw .blockNotRecent }
    standing.readyUntil = by.at.later(by: AccessionTerms.readinessTerm)
    standings[by.member] = standing
    touched.insert(.standing(by.member))
    isStirred = true
  }

  /// Records evidence, once for a member, an epoch and a view, judged by the validators of its own epoch (A15).
  mutating func record(_ exposure: Exposure, _ by: Signing) throws(AccessionRefusal) {
    guard let claim = exposure.claim else { throw .evidenceEmpty }
    guard let record = record(of: claim.epoch) else { throw .epochUnknown }
    guard record.validators[claim.member]?.node == exposure.key else { throw .notItsValidator }
    let key = FaultKey(member: claim.member, epoch: claim.epoch, view: claim.view)
    guard faultRecords[key] == nil else { throw .evidenceKnown }
    faultRecords[key] = FaultRecord(transaction: by.transaction, at: by.at)
    touched.insert(.fault(key))
    isStirred = true
  }

  /// Keeps the digest of the block before, if its height is one of those that declarations of readiness name (A12).
  package mutating func keep(_ mark: BlockMark) {
    guard mark.height.number.isMultiple(of: AccessionTerms.recentStep), recent.last?.height != mark.height else {
      return
    }
    recent.append(mark)
    touched.insert(.recent(mark.height))
    while recent.count > AccessionTerms.recentCount { touched.insert(.recent(recent.removeFirst().height)) }
  }

  /// Ends the epoch at the end of a block, if the roster or the validators are others than those of the epoch (A13).
  /// Answers whether it did: then that was the closing block.
  package mutating func conclude(at point: BlockPoint) -> Bool {
    guard isStirred else { return false }
    let validators = nextValidators(at: point.time)
    defer { (isStirred, isRosterChanged, departed) = (false, false, []) }
    guard isRosterChanged || validators != self.validators, let next = epoch.next else { return false }
    epochs.append(EpochRecord(epoch: next, closing: point.height, validators: validators))
    touched.insert(.epoch(next))
    return true
  }

  /// Full members without unsettled evidence that take part already or say that they are ready, ascending.
  private func eligible(at now: Instant) -> [Member] {
    roster.members.filter { member in
      standings[member.id]?.status == .full && !isExposed(member.id)
        && (isSitting(member.id) || isReady(member.id, at: now))
    }
  }

  private func isSitting(_ member: MemberID) -> Bool {
    validators.index(of: member) != nil && !departed.contains(member)
  }

  /// Who takes part in the next epoch: the eligible members. Evidence against all of them removes nobody: those that
  /// sit then go on, since nobody else can (A14).
  func candidates(at now: Instant) -> [Member] {
    let chosen = eligible(at: now)
    guard chosen.isEmpty else { return chosen }
    return roster.members.filter { standings[$0.id]?.status == .full && isSitting($0.id) }
  }

  /// No motion leaves nobody (A10), so there is always a set.
  private func nextValidators(at now: Instant) -> ValidatorSet {
    ValidatorSet(candidates(at: now).map { Validator(id: $0.id, node: $0.node) }) ?? validators
  }
}
