import ArgumentParser
import CBOR
import Client
import Consensus
import Cryptography
import Foundation
import Ledger
import Membership
import Trade

struct BundleCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "Take proofs of floors out of a node, and verify them anywhere without one.",
    subcommands: [BundleExport.self, BundleVerify.self])
}

struct BundleExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a bundle: all that an outsider with the genesis needs to verify floors.",
    discussion: """
      Without --item the whole table in force; with it the floor of one item, or the proof that it has none. An \
      existing file is not overwritten.

      Example:
        floorctl bundle export --out floors.bundle --as /tmp/net/USA
        floorctl bundle export --out lithium.bundle --item lithium/carbonate@1 --as /tmp/net/USA
      """)

  @Option(name: .long, help: "The file to make.")
  var out: String

  @Option(name: .long, help: "One item version. Default: the whole table.")
  var item: String?

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/bundle/1`.
  private struct Report: Encodable {
    let file: String
    let bytes: Int
    let sha256: String
    let network: String
    let height: UInt64
  }

  func run() async throws {
    let bytes = try await connection.client().bundle(item: item)
    guard let bundle = try? Bundle(decoding: bytes), let last = bundle.headers.last else {
      throw Failure(.unreachable, "ANSWER_UNEXPECTED", "the node's answer is not a bundle that this program reads")
    }
    try Files.create(bytes, at: out)
    let report = Report(
      file: out, bytes: bytes.count, sha256: Digest.sha256(bytes).hexadecimal, network: bundle.network.hexadecimal,
      height: last.height.number)
    Output.show("bundle", report, asJSON: output.json) {
      [
        "\(out): \(bytes.count) bytes, final at height \(report.height), SHA-256 \(report.sha256)",
        "verify it with: floorctl bundle verify \(out) --genesis GENESIS",
      ]
    }
  }
}

struct BundleVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Verify a bundle offline, from the genesis alone, and say what it proves.",
    discussion: """
      Exit code 0 if everything verifies, 1 with the exact reason if not. A bundle proves what was final at its time, \
      not that nothing came later: --max-age makes age a refusal. --checkpoint HEIGHT:DIGEST, as the members publish \
      them, guards against forgery with keys that were retired since.

      Example:
        floorctl bundle verify floors.bundle --genesis genesis.cbor --max-age 86400
      """)

  @Argument(help: "The bundle.")
  var file: String

  @Option(name: .long, help: "The genesis document.")
  var genesis: String

  @Option(name: .long, help: "The greatest age in seconds.")
  var maxAge: Int64?

  @Option(name: .long, help: "A published block, as 1200:9f…c4 (height and 64 hexadecimal digits).")
  var checkpoint: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let maxAge, maxAge < 0 || maxAge > Int64.max / 1_000 {
      throw ValidationError("--max-age is a number of seconds")
    }
    _ = try point()
  }

  func run() async throws {
    let bytes = try Files.read(file, limit: Bundle.mostBytes)
    let genesis = try GenesisFile.verified(genesis)
    let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    let demands = BundleDemands(now: now, maximumAge: maxAge.map { $0 * 1_000 }, checkpoint: try point())
    let verified: BundleReport
    do {
      verified = try Bundle.verified(decoding: bytes, genesis: genesis, demands: demands, by: SystemVerifier())
    } catch {
      throw Failure.no(error.code, "\(file) is not verified: \(error.sentence)")
    }
    let report = VerificationReport(verified, file: file)
    Output.show("verification", report, asJSON: output.json) {
      ["\(Style.good("verified")): \(file)"] + report.sentences + [""] + report.lines
    }
  }

  private func point() throws -> Checkpoint? {
    guard let checkpoint else { return nil }
    let parts = checkpoint.split(separator: ":")
    guard parts.count == 2, let height = UInt64(parts[0]), let digest = Digest(hexadecimal: String(parts[1])) else {
      throw ValidationError("--checkpoint is HEIGHT:DIGEST, the digest of 64 hexadecimal digits")
    }
    return Checkpoint(height: Height(height), digest: digest)
  }
}

/// `pricefloor/verification/1`.
struct VerificationReport: Encodable {
  struct Row: Encodable {
    let item: String
    let floorMicroUSDPerKilogram: Int64
    let floor: String
    let mode: String
    let effectiveAt: String
    let docket: String
  }

  let file: String
  let verified = true
  let network: String
  let networkName: String
  let height: UInt64
  let block: String
  let stateRoot: String
  let time: Int64
  /// Milliseconds by this machine's clock.
  let age: Int64?
  let tableVersion: UInt64?
  let signers: [String]
  let quorum: Int
  let members: Int
  let rows: [Row]
  let sentences: [String]

  init(_ report: BundleReport, file: String) {
    self.file = file
    (network, networkName) = (report.bundle.network.hexadecimal, report.contents.name)
    (height, block) = (report.header.height.number, report.header.digest.hexadecimal)
    (stateRoot, time, age) = (report.header.stateRoot.hexadecimal, report.header.timestamp.milliseconds, report.age)
    (tableVersion, signers) = (report.contents.table?.version, report.signers.map(\.text))
    (quorum, members, sentences) = (report.quorum, report.members, report.sentences)
    rows = report.contents.rows.map { row in
      Row(
        item: row.item.text, floorMicroUSDPerKilogram: row.floor.microUSDPerKilogram, floor: row.floor.text,
        mode: row.mode.name, effectiveAt: row.effectiveAt.text, docket: row.basisDocket)
    }
  }

  var lines: [String] {
    var table = TextTable([
      ("item", .left), ("floor USD/kg", .right), ("mode", .left), ("from", .left), ("docket", .left),
    ])
    for row in rows { table.add([row.item, row.floor, row.mode, row.effectiveAt, row.docket]) }
    return rows.isEmpty ? [] : table.lines
  }
}
