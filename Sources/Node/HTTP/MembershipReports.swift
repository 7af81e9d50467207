import API
import Accession
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Trade

/// What the API says of who belongs to the bloc, from the committed state.
struct MembershipReports {
  private let reader: StateReader

  init(reader: StateReader) { self.reader = reader }

  /// The newest first.
  var motions: MotionList {
    let filed = reader.values(of: MotionRecord.self, .motions).sorted {
      ($1.by.at, $1.by.transaction) < ($0.by.at, $0.by.transaction)
    }
    return MotionList(motions: filed.map(MotionReport.init))
  }

  func motion(_ name: String) throws(APIRefusal) -> MotionReport {
    guard let identity = Digest(hexadecimal: name), let record = reader.value(MotionRecord.self, .motion(identity))
    else { throw .notFound("there is no motion \(name)") }
    return MotionReport(record)
  }

  var epochs: EpochList {
    EpochList(epochs: records.map(EpochReport.init))
  }

  /// Where a member stands; nil for one that never was on the roster.
  func standing(of member: MemberID) -> StandingReport? {
    guard let standing = reader.value(MemberStanding.self, .standing(member)) else { return nil }
    return StandingReport(
      status: standing.status.name, since: InstantValue(standing.since),
      validates: records.last?.validators.index(of: member) != nil,
      readyUntil: standing.readyUntil.map(InstantValue.init))
  }

  /// Keys are big-endian numbers, so that the last record is that of the present epoch.
  private var records: [EpochRecord] { reader.values(of: EpochRecord.self, .epochs) }
}

extension MotionReport {
  init(_ record: MotionRecord) {
    let motion = record.motion
    self.init(
      motion: record.by.transaction.hexadecimal, title: motion.title, instrument: motion.instrument.hexadecimal,
      filedBy: record.by.member.text, filedAt: InstantValue(record.by.at), closesAt: InstantValue(motion.closes),
      entersAt: motion.entry.map(InstantValue.init), outcome: record.outcome.name,
      decidedAt: record.outcome.instant.map(InstantValue.init), reason: record.outcome.refusal?.sentence,
      changes: motion.changes.map(ChangeLine.init), hasVotes: motion.votes != nil,
      yes: record.ballots.filter(\.isYes).map(\.by.member.text),
      no: record.ballots.filter { !$0.isYes }.map(\.by.member.text))
  }
}

extension MotionOutcome {
  fileprivate var instant: Instant? {
    switch self {
    case .open: nil
    case .adopted(let instant), .entered(let instant), .lapsed(let instant), .void(let instant, _): instant
    }
  }

  fileprivate var refusal: AccessionRefusal? {
    switch self {
    case .open, .adopted, .entered, .lapsed: nil
    case .void(_, let refusal): refusal
    }
  }
}

extension ChangeLine {
  init(_ change: RosterChange) {
    self.init(
      kind: change.name, member: change.subject?.text, sentence: change.sentence, fingerprints: change.fingerprints)
  }
}

extension EpochReport {
  init(_ record: EpochRecord) {
    let quorum = record.validators.quorum
    self.init(
      epoch: record.epoch.number, closingHeight: record.closing.number,
      validators: record.validators.members.map(\.id.text), quorum: quorum.quorum, faults: quorum.faults,
      restart: record.restart?.hexadecimal)
  }
}
