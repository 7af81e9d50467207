/// `GET /v1/desk`: the member's own price desk.
package struct DeskReport: Codable, Hashable, Sendable {
  /// `AUTO` where the desk signs within its bounds, `CONFIRM` where it waits for an approval, `OFF` without a desk.
  package let policy: String
  package let sheets: [SheetReport]
  /// Evidence files that were read or refused.
  package let evidence: [EvidenceFileReport]

  package init(policy: String, sheets: [SheetReport], evidence: [EvidenceFileReport]) {
    (self.policy, self.sheets, self.evidence) = (policy, sheets, evidence)
  }
}

/// One sheet of proposals, from its derivation to its reveal.
package struct SheetReport: Codable, Hashable, Sendable {
  package let docket: String
  package let lot: UInt64
  package let round: Int
  /// `DRAFT`, `AWAITS_APPROVAL`, `COMMITTED`, `REVEALED`, `REFUSED`, `MISSED`.
  package let state: String
  /// What an approval must name: 64 hexadecimal digits.
  package let digest: String
  package let quotes: [SheetQuote]
  /// What must be looked at before approving, as an implausible jump.
  package let warnings: [String]

  package init(
    docket: String, lot: UInt64, round: Int, state: String, digest: String, quotes: [SheetQuote], warnings: [String]
  ) {
    (self.docket, self.lot, self.round, self.state) = (docket, lot, round, state)
    (self.digest, self.quotes, self.warnings) = (digest, quotes, warnings)
  }
}

/// One answer of a sheet; `SEALED` between its commitment and its reveal.
package struct SheetQuote: Codable, Hashable, Sendable {
  package let item: String
  package let answer: String
  package let price: PriceValue?
  /// The method by which the price was derived, as `UNIT_VALUE_MEDIAN`.
  package let method: String
  /// What the number rests on, in words.
  package let basis: String

  package init(item: String, answer: String, price: PriceValue?, method: String, basis: String) {
    (self.item, self.answer, self.price) = (item, answer, price)
    (self.method, self.basis) = (method, basis)
  }
}

/// An evidence file in the watched folder.
package struct EvidenceFileReport: Codable, Hashable, Sendable {
  package let file: String
  package let digest: String
  package let records: Int
  /// Why the file is not used; nil where it is.
  package let refusal: String?

  package init(file: String, digest: String, records: Int, refusal: String?) {
    (self.file, self.digest, self.records, self.refusal) = (file, digest, records, refusal)
  }
}

/// The answer to a desk statement.
package struct DeskAnswer: Codable, Hashable, Sendable {
  /// The sheet that it was about: 64 hexadecimal digits.
  package let digest: String
  /// The sheet's state afterwards, as in ``SheetReport``.
  package let state: String

  package init(digest: String, state: String) {
    (self.digest, self.state) = (digest, state)
  }
}
