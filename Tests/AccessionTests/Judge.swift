import Accession
import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

/// What holds after every block, whatever was decided (`Protocol/membership.md`).
enum Judge {
  static func judge(_ now: Accession, after before: Accession, isClosed: Bool, height: Height) throws {
    arithmetic(now)
    epochs(now, before, isClosed, height)
    try keys(now)
    standings(now)
    try restoration(now)
  }

  /// Any two quorums share more than f validators.
  private static func arithmetic(_ now: Accession) {
    let quorum = now.validators.quorum
    #expect(quorum.exposed > quorum.faults && quorum.quorum <= quorum.members)
    for validator in now.validators.members {
      #expect(now.roster[validator.id]?.node == validator.node)
      #expect(now.standing(of: validator.id)?.status == .full)
    }
  }

  /// Epochs are consecutive, and end exactly with a change of roster or validators.
  private static func epochs(_ now: Accession, _ before: Accession, _ isClosed: Bool, _ height: Height) {
    for (place, record) in now.epochs.enumerated() { #expect(record.epoch.number == UInt64(place)) }
    for (record, next) in zip(now.epochs, now.epochs.dropFirst()) {
      #expect(record.closing < next.closing || record.epoch == .zero)
    }
    if isClosed {
      #expect(now.epochs.count == before.epochs.count + 1 && now.epochs.last?.closing == height)
    } else {
      #expect(now.epochs == before.epochs)
    }
  }

  /// Every key of the roster is on record with its member and role, no key is there twice, and what left has an end.
  private static func keys(_ now: Accession) throws {
    var held: Set<PublicKey> = []
    for member in now.roster.members {
      for role in KeyRole.allCases {
        let record = try #require(now.record(of: member.key(role)))
        #expect(record.member == member.id && record.role == role && record.last == nil)
        #expect(held.insert(record.key).inserted)
      }
    }
    for key in now.keys where key.section == .keys {
      let record = try KeyRecord(decoding: try #require(now.entry(key)))
      #expect((record.last == nil) == held.contains(record.key))
      if let last = record.last { #expect(last < now.epoch || record.first > last) }
    }
  }

  private static func standings(_ now: Accession) {
    for member in now.roster.members {
      #expect([.full, .signatory, .suspended].contains(now.standing(of: member.id)?.status))
    }
    #expect(!now.fullMembers.isEmpty)
  }

  private static func restoration(_ now: Accession) throws {
    let entries = try now.keys.map { (key: $0, value: try #require(now.entry($0))) }
    let restored = try Accession(now.terms, entries: entries.reversed())
    #expect(restored == now)
  }
}
