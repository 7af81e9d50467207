/// `GET /v1/members`.
package struct MemberList: Codable, Hashable, Sendable {
  package let members: [MemberReport]
  /// The member that opens dockets alone.
  package let chair: String

  package init(members: [MemberReport], chair: String) {
    (self.members, self.chair) = (members, chair)
  }
}

/// One member of the roster.
package struct MemberReport: Codable, Hashable, Sendable {
  package let member: String
  package let name: String
  /// `STATE` or `CUSTOMS_UNION`.
  package let kind: String
  /// The keys by role: `root`, `authority`, `node`.
  package let keys: [String: KeyReport]
  /// SHA-256 of the pinned public keys of its TLS identity.
  package let pins: [String]
  package let profile: ProfileReport?
  package let standing: StandingReport?

  package init(
    member: String, name: String, kind: String, keys: [String: KeyReport], pins: [String], profile: ProfileReport?,
    standing: StandingReport?
  ) {
    (self.member, self.name, self.kind) = (member, name, kind)
    (self.keys, self.pins, self.profile, self.standing) = (keys, pins, profile, standing)
  }
}

/// A public key.
package struct KeyReport: Codable, Hashable, Sendable {
  /// `EDDSA` or `ES256`.
  package let algorithm: String
  /// The raw key in hexadecimal.
  package let key: String
  package let fingerprint: String

  package init(algorithm: String, key: String, fingerprint: String) {
    (self.algorithm, self.key, self.fingerprint) = (algorithm, key, fingerprint)
  }
}

/// How a member values and converts imports, in brief.
package struct ProfileReport: Codable, Hashable, Sendable {
  package let valuation: String
  package let currency: String
  package let minorUnitsPerMajor: Int64
  package let rounding: String

  package init(valuation: String, currency: String, minorUnitsPerMajor: Int64, rounding: String) {
    (self.valuation, self.currency) = (valuation, currency)
    (self.minorUnitsPerMajor, self.rounding) = (minorUnitsPerMajor, rounding)
  }
}

/// `GET /v1/items`.
package struct ItemList: Codable, Hashable, Sendable {
  package let items: [ItemReport]

  package init(items: [ItemReport]) { self.items = items }
}

/// `GET /v1/items/{mineral}/{form@version}`: one immutable item version.
package struct ItemReport: Codable, Hashable, Sendable {
  package let item: String
  package let stage: String
  package let title: String
  package let basis: String
  package let basisStatement: String
  package let unit: String
  package let decimals: Int
  package let gradeLowPPM: Int64
  package let gradeHighPPM: Int64
  package let gradeReferencePPM: Int64
  package let moisture: String
  package let incoterm: String
  package let deliveryPoint: String
  package let codes: [String]
  package let tick: PriceValue
  package let hardLow: PriceValue
  package let hardHigh: PriceValue
  /// The evidence corridor; nil is shown as `NO_CORRIDOR`.
  package let corridor: CorridorReport?
  package let note: String?
  package let retiredAt: InstantValue?
  /// Producer and consumer votes by member.
  package let votes: [VoteShare]

  package init(
    item: String, stage: String, title: String, basis: String, basisStatement: String, unit: String, decimals: Int,
    gradeLowPPM: Int64, gradeHighPPM: Int64, gradeReferencePPM: Int64, moisture: String, incoterm: String,
    deliveryPoint: String, codes: [String], tick: PriceValue, hardLow: PriceValue, hardHigh: PriceValue,
    corridor: CorridorReport?, note: String?, retiredAt: InstantValue?, votes: [VoteShare]
  ) {
    (self.item, self.stage, self.title, self.basis) = (item, stage, title, basis)
    (self.basisStatement, self.unit, self.decimals) = (basisStatement, unit, decimals)
    (self.gradeLowPPM, self.gradeHighPPM, self.gradeReferencePPM) = (gradeLowPPM, gradeHighPPM, gradeReferencePPM)
    (self.moisture, self.incoterm, self.deliveryPoint, self.codes) = (moisture, incoterm, deliveryPoint, codes)
    (self.tick, self.hardLow, self.hardHigh, self.corridor) = (tick, hardLow, hardHigh, corridor)
    (self.note, self.retiredAt, self.votes) = (note, retiredAt, votes)
  }
}

/// The range in which outside evidence places a price.
package struct CorridorReport: Codable, Hashable, Sendable {
  package let low: PriceValue
  package let high: PriceValue
  package let source: String

  package init(low: PriceValue, high: PriceValue, source: String) {
    (self.low, self.high, self.source) = (low, high, source)
  }
}

/// A member's votes on one item, per chamber.
package struct VoteShare: Codable, Hashable, Sendable {
  package let member: String
  package let producer: Int64
  package let consumer: Int64

  package init(member: String, producer: Int64, consumer: Int64) {
    (self.member, self.producer, self.consumer) = (member, producer, consumer)
  }
}
