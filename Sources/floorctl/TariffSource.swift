import Accession
import CBOR
import Client
import Cryptography
import Foundation
import Ledger
import Membership
import Negotiation
import Tariff
import Testnet
import Trade

/// Where the committed data of an assessment come from: a bundle, verified against a genesis document.
struct AssessmentSource {
  let bundle: String?
  let genesis: String?
  let connection: NodeOptions

  /// The member's basis, with today for lines without a date.
  func basis(of name: String) async throws -> AssessmentBasis {
    let (contents, terms, genesis, proven) = try await proved()
    guard let member = MemberID(name), let profile = terms.profiles.first(where: { $0.member.text == member.text })
    else {
      let known = terms.profiles.map(\.member.text).joined(separator: " ")
      throw Failure.refused(
        "UNKNOWN_MEMBER", "\(name) has no customs profile in this network; those that have: \(known)")
    }
    // A territory is a member's from the beginning of the network or from its entry on, until the member leaves.
    let spans = terms.profiles.map { profile in
      let standing = terms.standings.first { $0.member.text == profile.member.text }?.standing
      let left = standing.flatMap { $0.status == .withdrawn ? $0.since : nil }
      let isFounder = genesis.roster.members.contains { $0.id.text == profile.member.text }
      let since = isFounder ? genesis.content.time : standing.map(\.since) ?? genesis.content.time
      return MemberSpan(territory: profile.territory, since: since, until: left)
    }
    var basis = AssessmentBasis(
      items: contents.items, tables: contents.tableVersions, profile: profile, territories: terms.territories,
      members: spans, rates: terms.rates,
      asOf: try CalendarDate.today())
    basis.provenUntil = proven.date
    return basis
  }

  private func proved() async throws -> (BundleContents, BundleTerms, VerifiedGenesis, proven: Instant) {
    let bytes: [UInt8]
    let document: VerifiedGenesis
    if let bundle {
      bytes = try Files.read(bundle, limit: Bundle.mostBytes)
      document = try GenesisFile.verified(try genesisFile(beside: bundle))
    } else {
      let client = try connection.client()
      bytes = try await client.bundle()
      if let genesis {
        document = try GenesisFile.verified(genesis)
      } else {
        document = try Self.verified(await client.genesis())
      }
    }
    do {
      let report = try Bundle.verified(
        decoding: bytes, genesis: document, demands: BundleDemands(), by: SystemVerifier())
      guard let terms = report.contents.terms, report.bundle.subject == .table else {
        throw Failure.no(
          "BUNDLE_NOT_WHOLE", "the bundle is not about the whole table; export one without --item and the like")
      }
      return (report.contents, terms, document, report.header.timestamp)
    } catch let error as BundleError { throw Failure.no(error.code, "the bundle is not verified: \(error.sentence)") }
  }
}

extension AssessmentSource {
  /// The genesis that a bundle is verified against: the one named, that of the member's folder, or genesis.cbor beside the bundle.
  private func genesisFile(beside bundle: String) throws -> String {
    if let genesis { return genesis }
    if let folder = try connection.memberFolder() { return folder.genesis }
    let folder = bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let sibling = folder.isEmpty ? "genesis.cbor" : folder + "/genesis.cbor"
    guard Files.exists(sibling) else {
      throw Failure.usage(
        "a bundle is verified from the genesis: name it with --genesis FILE, or put genesis.cbor beside the bundle")
    }
    return sibling
  }

  /// A node's own genesis: what it says is consistent, but that it is the network's is for the user to know.
  private static func verified(_ bytes: [UInt8]) throws -> VerifiedGenesis {
    do { return try Genesis(decoding: bytes).verified(by: SystemVerifier()) } catch let error as GenesisError {
      throw Failure.refused(error.code, "the node's genesis: \(error.sentence)")
    }
  }
}

extension BundleContents {
  /// The versions of the table that the bundle shows.
  fileprivate var tableVersions: [Tariff.TableVersion] {
    versions.map { Tariff.TableVersion(head: $0.table, rows: $0.rows) }
  }
}

extension CalendarDate {
  /// The day by this machine's clock, UTC.
  static func today() throws -> CalendarDate {
    let milliseconds = (Date().timeIntervalSince1970 * 1_000).rounded(.down)
    guard let date = Int64(exactly: milliseconds).flatMap({ Instant(milliseconds: $0).date }) else {
      throw Failure.refused("CLOCK", "this machine's clock shows no day of the years 1 to 9999: use --as-of")
    }
    return date
  }
}
