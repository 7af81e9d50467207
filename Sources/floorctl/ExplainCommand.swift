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
      Nothing that a node computed is taken over: it gives a bundle of the docket, which is verified from the genesis; \
      the sealed sheets are opened, the signatures under reveals and ballots are verified, every round and call is \
      computed anew on this machine and compared with what was committed. Exit code 1 where anything differs. With \
      --bundle it works offline, and needs --genesis. From a node, the genesis is the node's own unless --genesis is given.

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
    let bytes = try await client.bundle([("docket", docket.text)])
    return try .bundle(bytes, file: "a bundle of \(client.address)", founded)
  }
}

/// The entries that an explanation reads, and the signed acts that were verified behind them.
struct ExplanationInputs {
  let network: NetworkID
  let source: String
  let signedActs: Int
  private let proven: ProvenEntries

  /// What a bundle does not show is missing, and the explanation says so.
  func entry(_ key: EntryKey) -> [UInt8]? { (try? proven.value(key)) ?? nil }

  static func bundle(_ bytes: [UInt8], file: String, _ genesis: VerifiedGenesis) throws -> ExplanationInputs {
    do {
      let report = try Bundle.verified(
        decoding: bytes, genesis: genesis, demands: BundleDemands(), by: SystemVerifier())
      let proven = try ProvenEntries(report.bundle.proof, stateRoot: report.header.stateRoot)
      return ExplanationInputs(
        network: genesis.network, source: "proved by \(file), height \(report.header.height)",
        signedActs: report.bundle.statements.count, proven: proven)
    } catch let error as BundleError {
      throw Failure.no(error.code, "\(file) is not verified: \(error.sentence)")
    } catch let error as StateProofError {
      throw Failure.no(error.code, "\(file) is not verified: \(error.sentence)")
    }
  }
}
