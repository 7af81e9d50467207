/// A price as the API shows it: the exact integer, and the decimal text for people.
package struct PriceValue: Codable, Hashable, Sendable {
  /// µUSD per kilogram.
  package let microUSDPerKilogram: Int64
  /// USD per kilogram with its decimals, as `12.345000`.
  package let text: String

  package init(microUSDPerKilogram: Int64, text: String) {
    (self.microUSDPerKilogram, self.text) = (microUSDPerKilogram, text)
  }
}

/// A point of chain time.
package struct InstantValue: Codable, Hashable, Sendable {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  package let milliseconds: Int64
  /// The same in ISO 8601, UTC.
  package let text: String

  package init(milliseconds: Int64, text: String) {
    (self.milliseconds, self.text) = (milliseconds, text)
  }
}

/// The body of every answer that is not a success.
package struct APIFailure: Codable, Hashable, Sendable, Error {
  /// A stable code in capitals, listed in `Protocol/api.md`.
  package let code: String
  /// What is wrong and what helps, for people.
  package let sentence: String

  package init(code: String, sentence: String) {
    (self.code, self.sentence) = (code, sentence)
  }
}

/// What the API's own limits are.
package enum APILimits {
  /// The largest request body in bytes.
  package static let requestBytes = 1 << 20
  /// The longest that a submission may wait to be committed, in milliseconds.
  package static let longestWait = 60_000
  /// The most entries that a listing answers at once.
  package static let listing = 1_000
}

/// The paths of `Protocol/api.md`.
package enum APIPath {
  package static let health = "/healthz"
  package static let readiness = "/readyz"
  package static let metrics = "/metrics"
  package static let status = "/v1/status"
  package static let members = "/v1/members"
  package static let motions = "/v1/motions"
  package static let epochs = "/v1/epochs"
  package static let items = "/v1/items"
  package static let dockets = "/v1/dockets"
  package static let table = "/v1/table"
  package static let history = "/v1/table/history"
  package static let explain = "/v1/explain"
  package static let bundle = "/v1/bundle"
  package static let snapshot = "/v1/snapshot"
  package static let genesis = "/v1/genesis"
  package static let blocks = "/v1/blocks"
  package static let evidence = "/v1/evidence"
  package static let transactions = "/v1/transactions"
  package static let desk = "/v1/desk"
  package static let deskSheet = "/v1/desk/sheet"
  package static let deskApproval = "/v1/desk/approve"
}
