import Consensus
import Cryptography
import Ledger
import Membership

/// Taking a state over from another member instead of executing all blocks: one member, one chunk at a time. A value of the loop's thread.
struct StateFetch {
  /// The largest snapshot that is fetched, in bytes.
  static let mostBytes: UInt64 = 512 << 20
  /// How long one answer may take, in milliseconds: then the member is not asked again, and the blocks come by ranges.
  static let patience: Int64 = 20_000

  enum Stage {
    case idle
    case asked(MemberID)
    case fetching(MemberID, VerifiedSnapshotOffer, [UInt8], next: UInt64)
    case checking(MemberID)
  }

  private(set) var stage = Stage.idle
  /// Counts the steps, so that a late alarm is known as one.
  private(set) var step: UInt64 = 0
  /// Members that did not answer, or not with what they had offered.
  private var avoided: Set<MemberID> = []

  /// Whether a state is on its way: until it is here or given up, no blocks are asked for that it would make needless.
  var isUnderWay: Bool { if case .idle = stage { false } else { true } }

  /// The question to a member that is far ahead; nil where none is to be asked.
  mutating func begin(with member: MemberID, above height: Height) -> StateMessage? {
    guard case .idle = stage, !avoided.contains(member) else { return nil }
    move(to: .asked(member))
    return .want(above: height)
  }

  func awaitsOffer(of member: MemberID) -> Bool { if case .asked(member) = stage { true } else { false } }

  /// The question for the first chunk; nil where the offer is not one to be taken up.
  mutating func take(_ offer: VerifiedSnapshotOffer, of member: MemberID, above height: Height) -> StateMessage? {
    guard awaitsOffer(of: member) else { return nil }
    guard offer.header.height > height, offer.manifest.bytes <= Self.mostBytes else {
      giveUp()
      return nil
    }
    move(to: .fetching(member, offer, [], next: 0))
    return .wantChunk(header: offer.header.digest, place: 0)
  }

  enum Progress {
    case ask(StateMessage)
    case complete([UInt8], VerifiedSnapshotOffer)
    /// It is not the chunk that the manifest names.
    case wrong(MemberID)
    case nothing
  }

  mutating func take(chunk bytes: [UInt8], _ place: UInt64, _ header: Digest, of sender: MemberID) -> Progress {
    guard case .fetching(let member, let offer, let held, let next) = stage, member == sender, place == next,
      header == offer.header.digest
    else { return .nothing }
    guard offer.manifest.accepts(bytes, at: Int(clamping: place)) else {
      giveUp()
      return .wrong(sender)
    }
    if next + 1 == UInt64(offer.manifest.chunks.count) {
      move(to: .checking(member))
      return .complete(held + bytes, offer)
    }
    move(to: .fetching(member, offer, held + bytes, next: next + 1))
    return .ask(.wantChunk(header: header, place: next + 1))
  }

  /// Asks this member no more; the blocks come by ranges, or another member is asked.
  mutating func giveUp() {
    switch stage {
    case .asked(let member), .fetching(let member, _, _, _), .checking(let member): avoided.insert(member)
    case .idle: break
    }
    move(to: .idle)
  }

  mutating func finish() { move(to: .idle) }

  private mutating func move(to next: Stage) {
    stage = next
    step &+= 1
  }
}
