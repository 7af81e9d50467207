import CBOR
import Cryptography

/// A vote read by hand from the bytes that were signed: [kind, epoch, opener, view, block or null, member].
struct PlainVote {
  let kind: UInt64
  let epoch: UInt64
  let opener: [UInt8]
  let view: UInt64
  let block: [UInt8]?
  let member: String

  init?(payload: [UInt8]) {
    var reader = CBORReader(payload)
    do throws(CBORError) {
      try reader.array(exactly: 6)
      kind = try reader.unsigned()
      epoch = try reader.unsigned()
      opener = try reader.byteString(exactly: 32)
      view = try reader.unsigned()
      block = reader.null() ? nil : try reader.byteString(exactly: 32)
      member = try reader.text(max: 16)
    } catch { return nil }
  }

  /// Whether no honest member signs both: in one view of one epoch, two `notarize` or two `finalize` of different
  /// blocks, a `notarize` and a `finalize` of different blocks, or a `nullify` and a `finalize`.
  func excludes(_ other: PlainVote) -> Bool {
    guard (epoch, opener, view) == (other.epoch, other.opener, other.view) else { return false }
    return Self.exclude(kind, block, other.kind, other.block)
  }

  static func exclude(_ kind: UInt64, _ block: [UInt8]?, _ other: UInt64, _ otherBlock: [UInt8]?) -> Bool {
    let (nullify, finalize): (UInt64, UInt64) = (1, 2)
    if kind == nullify || other == nullify { return kind == finalize || other == finalize }
    return block != otherBlock
  }
}

/// Nobody honest ever contradicts itself, whatever happened in between: a crash above all, or an old copy of its disk.
struct VoteJudge {
  private struct Key: Hashable {
    let epoch: UInt64
    let opener: [UInt8]
    let view: UInt64
  }

  private struct Said {
    var notarize: [UInt8]?
    var finalize: [UInt8]?
    var nullify = false
  }

  private var said: [[Key: Said]]

  init(members: Int) { said = Array(repeating: [:], count: members) }

  /// Takes a vote that left the member; answers what is wrong with it.
  mutating func heard(_ vote: PlainVote, by place: Int) -> String? {
    let key = Key(epoch: vote.epoch, opener: vote.opener, view: vote.view)
    var now = said[place][key] ?? Said()
    switch vote.kind {
    case 0:
      if let earlier = now.notarize, earlier != vote.block { return wrong(vote, place, "notarized two blocks") }
      now.notarize = vote.block
    case 1: now.nullify = true
    default:
      if let earlier = now.finalize, earlier != vote.block { return wrong(vote, place, "finalized two blocks") }
      now.finalize = vote.block
    }
    said[place][key] = now
    if now.nullify, now.finalize != nil { return wrong(vote, place, "nullified and finalized") }
    if let one = now.notarize, let other = now.finalize, one != other {
      return wrong(vote, place, "notarized one block and finalized another")
    }
    return nil
  }

  private func wrong(_ vote: PlainVote, _ place: Int, _ what: String) -> String {
    "the honest member \(place) \(what) in view \(vote.view)"
  }
}
