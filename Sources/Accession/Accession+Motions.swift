import Cryptography
import Membership
import Negotiation
import Trade

/// Filing, voting, adopting (`Protocol/membership.md`, sections 2 and 3).
extension Accession {
  /// Takes a motion, if it could take effect at once as things are; its mover votes YES by filing it (A2).
  mutating func file(_ motion: Motion, _ by: Signing, at point: BlockPoint) throws(AccessionRefusal) {
    guard standings[by.member]?.status == .full else { throw .notFull }
    guard !motion.changes.isEmpty || motion.votes != nil else { throw .motionEmpty }
    guard motion.closes > by.at, motion.closes <= by.at.later(by: AccessionTerms.longestMotion) else {
      throw .motionCloses
    }
    guard motion.entry.map({ $0 <= by.at.later(by: AccessionTerms.latestEntry) }) ?? true else { throw .motionEntry }
    let open = live.count { motionRecords[$0]?.by.member == by.member && motionRecords[$0]?.outcome == .open }
    guard open < AccessionTerms.openMotions else { throw .motionLimit }
    _ = try carrying(motion, by.transaction, at: point, stage: .filing)
    var record = MotionRecord(motion: motion, by: by)
    if !motion.subjects.contains(by.member) { record.ballots = [MotionRecord.Entry(by: by, isYes: true)] }
    motionRecords[by.transaction] = record
    live.insert(by.transaction, at: live.lowerBound(of: by.transaction, by: \.self))
    touched.insert(.motion(by.transaction))
    settle(at: point)
  }

  /// Takes a ballot: one a member, never changed, none on what concerns oneself (A3).
  mutating func cast(_ ballot: MotionBallot, _ by: Signing, at point: BlockPoint) throws(AccessionRefusal) {
    guard standings[by.member]?.status == .full else { throw .notFull }
    guard var record = motionRecords[ballot.motion] else { throw .motionUnknown }
    guard record.outcome == .open else { throw .motionClosed }
    guard !record.motion.subjects.contains(by.member) else { throw .ballotOnOwnAffair }
    let place = record.ballots.lowerBound(of: by.member, by: \.by.member)
    guard place == record.ballots.count || record.ballots[place].by.member != by.member else { throw .ballotTwice }
    record.ballots.insert(MotionRecord.Entry(by: by, isYes: ballot.isYes), at: place)
    motionRecords[ballot.motion] = record
    touched.insert(.motion(ballot.motion))
    settle(at: point)
  }

  /// Closes motions whose time is over, and lets adopted ones enter, in the order of the instants, then of identities.
  /// Idempotent.
  package mutating func advance(to point: BlockPoint) {
    let due = live.compactMap { identity in
      motionRecords[identity]?.deadline.map { (at: $0, identity: identity) }
    }.filter { $0.at <= point.time }.sorted { ($0.at, $0.identity) < ($1.at, $1.identity) }
    for (_, identity) in due {
      guard let record = motionRecords[identity] else { continue }
      if record.outcome == .open { close(identity, as: .lapsed(point.time)) } else { enact(identity, at: point) }
    }
    if !due.isEmpty { settle(at: point) }
  }

  /// Adopts every motion that has enough ballots. What one changes may bring another about: those left are counted
  /// again.
  private mutating func settle(at point: BlockPoint) {
    while let identity = live.first(where: { isCarried($0) }) {
      guard let motion = motionRecords[identity]?.motion else { return }
      if let entry = motion.entry, entry > point.time {
        adopt(identity, motion, at: point)
      } else {
        enact(identity, at: point)
      }
    }
  }

  /// Whether an open motion has enough ballots: YES from a quorum of the full members whom it does not concern; from a
  /// witness of them, if it is about one member's own affairs alone; from nobody, if there is nobody else (A3).
  private func isCarried(_ identity: Digest) -> Bool {
    guard let record = motionRecords[identity], record.outcome == .open else { return false }
    let subjects = record.motion.subjects
    let electors = fullMembers.filter { !subjects.contains($0) }
    let yes = record.ballots.count { $0.isYes && electors.place(of: $0.by.member, by: \.self) != nil }
    guard let quorum = Quorum(members: electors.count) else { return record.motion.isOwnAffair }
    return yes >= (record.motion.isOwnAffair ? quorum.witness : quorum.quorum)
  }

  /// Adopts a motion whose entry is still to come: those that it admits are signatories until then (A8).
  private mutating func adopt(_ identity: Digest, _ motion: Motion, at point: BlockPoint) {
    do throws(AccessionRefusal) {
      self = try carrying(motion, identity, at: point, stage: .signature)
      motionRecords[identity]?.outcome = .adopted(point.time)
      touched.insert(.motion(identity))
    } catch {
      close(identity, as: .void(point.time, error))
    }
  }

  /// Lets what a motion changes hold, or voids it where that is no longer possible.
  private mutating func enact(_ identity: Digest, at point: BlockPoint) {
    guard let motion = motionRecords[identity]?.motion else { return }
    do throws(AccessionRefusal) {
      self = try carrying(motion, identity, at: point, stage: .entry)
      close(identity, as: .entered(point.time))
    } catch {
      removeSignatories(of: identity, at: point)
      close(identity, as: .void(point.time, error))
    }
  }

  private mutating func close(_ identity: Digest, as outcome: MotionOutcome) {
    motionRecords[identity]?.outcome = outcome
    live.removeAll { $0 == identity }
    touched.insert(.motion(identity))
  }
}

extension Motion {
  /// The members that it is about.
  package var subjects: [MemberID] { changes.compactMap(\.subject) }

  /// Whether it is about one member's own affairs and nothing else.
  package var isOwnAffair: Bool {
    guard let subject = changes.first?.subject, votes == nil else { return false }
    return changes.allSatisfy { $0.isOwnAffair && $0.subject == subject }
  }
}
