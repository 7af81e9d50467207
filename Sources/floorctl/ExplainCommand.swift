import API
import ArgumentParser
import CBOR
import Client
import Cryptography
import Foundation
import Ledger
import Membership
import Negotiation
import Testnet
import Trade

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Recompute a floor from what the members signed, step by step.",
    discussion: """
      Nothing that a node computed is taken over: the sealed sheets are opened, the signatures under reveals and \
      ballots are verified, every round and call is computed anew on this machine and compared with what was \
      committed. Exit code 1 where anything differs. With --bundle it works offline; the bundle is verified first, and \
      needs --genesis. From a node, the genesis is the node's own unless --genesis is given.

      Example:
        floorctl explain 2026-1 lithium/carbonate@1 --as /tmp/net/USA
        floorctl explain 2026-1 lithium/carbonate@1 --bundle floors.bundle --genesis genesis.cbor
      """)

  @Argument(help: "The docket's name.")
  var docket: String

  @Argument(help: "The item version.")
  var item: String

  @Option(name: .long, help: "A bundle instead of a node.")
  var bundle: String?

  @Option(name: .long, help: "The genesis document. Default: that of --as, else the node's own.")
  var genesis: String?

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/explanation/1`.
  private struct Report: Encodable {
    let docket: String
    let item: String
    let network: String
    let source: String
    /// How many signed reveals and ballots the computation rests on; all were verified.
    let signedActs: Int
    let rounds: Int
    let floorMicroUSDPerKilogram: Int64?
    let lines: [String]
  }

  func run() async throws {
    guard let docket = DocketID(docket) else { throw Failure.usage("\(docket) is no name of a docket") }
    guard let item = ItemID(item) else {
      throw Failure.usage("\(item) is no item version; write it as lithium/carbonate@1")
    }
    let inputs = try await inputs(docket, item)
    let explanation: Explanation
    do {
      explanation = try Explanation.of(item, in: docket, network: inputs.network) { inputs.entry($0) }
    } catch {
      throw Failure.no(error.code, error.sentence)
    }
    let report = Report(
      docket: docket.text, item: item.text, network: inputs.network.description, source: inputs.source,
      signedActs: inputs.signedActs, rounds: explanation.rounds.count,
      floorMicroUSDPerKilogram: explanation.row?.floor.microUSDPerKilogram, lines: explanation.lines)
    Output.show("explanation", report, asJSON: output.json) {
      report.lines + [
        Style.good("recomputed from \(report.signedActs) signed acts: the same as committed (\(report.source))")
      ]
    }
  }

  private func inputs(_ docket: DocketID, _ item: ItemID) async throws -> ExplanationInputs {
    let folder = try connection.memberFolder()
    if let bundle {
      guard let path = genesis ?? folder?.genesis else {
        throw Failure.usage("--bundle needs --genesis: a bundle is verified from the genesis alone")
      }
      return try .bundle(try Files.read(bundle, limit: Bundle.mostBytes), file: bundle, try GenesisFile.verified(path))
    }
    let client = try connection.client()
    let founded: VerifiedGenesis
    if let path = genesis ?? folder?.genesis {
      founded = try GenesisFile.verified(path)
    } else {
      do { founded = try Genesis.verified(decoding: try await client.genesis(), by: SystemVerifier()) } catch let error
        as GenesisError
      {
        throw Failure.no(error.code, "the node's genesis: \(error.sentence)")
      }
    }
    let report = try await client.explanation(docket: docket.text, item: item.text)
    return try .node(report, founded, source: client.address.description)
  }
}

/// The entries that an explanation reads, and the signed acts that were verified behind them.
struct ExplanationInputs {
  let network: NetworkID
  let source: String
  let signedActs: Int
  private let entries: [EntryKey: [UInt8]]
  private let proven: ProvenEntries?

  func entry(_ key: EntryKey) -> [UInt8]? {
    // What a bundle does not show is missing, and the explanation says so.
    guard let proven else { return entries[key] }
    return (try? proven.value(key)) ?? nil
  }

  static func bundle(_ bytes: [UInt8], file: String, _ genesis: VerifiedGenesis) throws -> ExplanationInputs {
    do {
      let report = try Bundle.verified(
        decoding: bytes, genesis: genesis, demands: BundleDemands(), by: SystemVerifier())
      let proven = try ProvenEntries(report.bundle.proof, stateRoot: report.header.stateRoot)
      return ExplanationInputs(
        network: genesis.network, source: "proved by \(file), height \(report.header.height)",
        signedActs: report.bundle.statements.count, entries: [:], proven: proven)
    } catch let error as BundleError {
      throw Failure.no(error.code, "\(file) is not verified: \(error.sentence)")
    } catch let error as StateProofError {
      throw Failure.no(error.code, "\(file) is not verified: \(error.sentence)")
    }
  }

  static func node(_ report: ExplainReport, _ genesis: VerifiedGenesis, source: String) throws -> ExplanationInputs {
    var entries: [EntryKey: [UInt8]] = [:]
    for entry in report.entries {
      guard let section = StateSection.allCases.first(where: { "\($0)" == entry.section }),
        let key = [UInt8](hexadecimal: entry.key), let value = Data(base64Encoded: entry.value)
      else { throw Failure(.unreachable, "ANSWER_UNEXPECTED", "the node names an entry that cannot be") }
      entries[EntryKey(section, key)] = Array(value)
    }
    let acts = try signedActs(report, genesis)
    for (key, value) in entries { try check(key, value, acts) }
    return ExplanationInputs(
      network: genesis.network, source: "inputs of \(source)", signedActs: acts.count, entries: entries, proven: nil)
  }

  /// The acts of the report by identity, every signature verified by the genesis' roster.
  private static func signedActs(_ report: ExplainReport, _ genesis: VerifiedGenesis) throws -> [Digest: Act] {
    var acts: [Digest: Act] = [:]
    for statement in report.statements where statement.result == "OK" {
      do {
        guard let type = StatementType(rawValue: statement.type), let bytes = Data(base64Encoded: statement.bytes)
        else {
          throw Failure.no("STATEMENT_MALFORMED", "a statement of \(statement.signer) cannot be read")
        }
        let signed = try SignedTransaction(try SignedStatement(decoding: Array(bytes)), as: type)
        _ = try signed.verified(on: genesis.roster, network: genesis.network, by: SystemVerifier())
        if case .act(let act) = signed.content.body { acts[signed.identity] = act }
      } catch let error as AttestationError {
        throw Failure.no(error.code, "a statement of \(statement.signer) is refused: \(error.sentence)")
      } catch let error as CBORError {
        throw Failure.no("STATEMENT_MALFORMED", "a statement of \(statement.signer) cannot be read (\(error))")
      }
    }
    return acts
  }

  /// A sheet or a ballot in the state must be what its member signed.
  private static func check(_ key: EntryKey, _ value: [UInt8], _ acts: [Digest: Act]) throws {
    switch key.section {
    case .sheets:
      guard let record = try? SheetRecord(decoding: value), let revealed = record.revealed else { return }
      let reveal = Reveal(place: record.place, salt: revealed.salt, sheet: revealed.sheet)
      guard acts[revealed.by.transaction] == .reveal(reveal) else { throw unsigned(record.member, "sheet") }
    case .ballots:
      guard let record = try? BallotRecord(decoding: value) else { return }
      guard acts[record.by.transaction] == .ballot(record.ballot) else { throw unsigned(record.by.member, "ballot") }
    case .parameters, .roster, .items, .votes, .profiles, .rates, .territories, .openings, .dockets, .lots, .results,
      .pending, .tables, .rows, .seen:
      return
    }
  }

  private static func unsigned(_ member: MemberID, _ what: String) -> Failure {
    .no("EXPLAIN_UNSIGNED", "the committed \(what) of \(member) is not one that \(member) signed")
  }
}
