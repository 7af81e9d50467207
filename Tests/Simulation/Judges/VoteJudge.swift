import CBOR
import Cryptography

/// A vote read by hand from the bytes that were signed: [kind, epoch, opener, view, block or null, member].
struct PlainVote {
  let kind: UInt64
  let view: UInt64
  let block: [UInt8]?
  let member: String

  init?(payload: [UInt8]) {
    var reader = CBORReader(payload)
    do throws(CBORError) {
      try reader.array(exactly: 6)
      kind = try reader.unsigned()
      _ = try reader.unsigned()
      _ = try reader.byteString(exactly: 32)
      view = try reader.unsigned()
      block = reader.null() ? nil : try reader.byteString(exactly: 32)
      member = try reader.text(max: 16)
    } catch { return nil }
  }
}

/// Nobody honest ever contradicts itself, whatever happened in between: a crash above all.
///
/// Within one view, contradictory are two `notarize` of different blocks, two `finalize` of different blocks, a
/// `notarize` and a `finalize` of different blocks, and a `nullify` with a `finalize`.
struct VoteJudge {
  private struct Said {
    var notarize: [UInt8]?
    var finalize: [UInt8]?
    var nullify = false
  }

  private var said: [[UInt64: Said]]

  init(members: Int) { said = Array(repeating: [:], count: members) }

  /// Takes a vote that left the member; answers what is wrong with it.
  mutating func heard(_ vote: PlainVote, by place: Int) -> String? {
    var now = said[place][vote.view] ?? Said()
    switch vote.kind {
    case 0:
      if let earlier = now.notarize, earlier != vote.block { return wrong(vote, place, "notarized two blocks") }
      now.notarize = vote.block
    case 1: now.nullify = true
    default:
      if let earlier = now.finalize, earlier != vote.block { return wrong(vote, place, "finalized two blocks") }
      now.finalize = vote.block
    }
    said[place][vote.view] = now
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
