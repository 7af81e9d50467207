import ArgumentParser
import CBOR
import Client
import Consensus
import struct Consensus.Certificate
import Cryptography
import Foundation
import Ledger
import Membership
import Trade

struct BundleCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "Take proofs of floors out of a node, and verify them anywhere without one.",
    subcommands: [BundleExport.self, BundleVerify.self, BundleCompare.self])
}

struct BundleExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a bundle: all that an outsider with the genesis needs to verify floors.",
    discussion: """
      What the bundle is about, one of:
        --table            the whole table in force and every version before it (the default); what duties need
        --item ITEM        one item's row, or that it has none, with everything that members signed for it
        --item ITEM --lean one item's row and nothing else: a few KiB
        --absent ITEM      that an item has no row, and whether the registry has it at all
        --range A..B       all rows from one item to another, and that there are no others between
        --docket DOCKET    a docket with all that was signed in it, its commitments included
        --roster           members, keys, pins and validators: what a newcomer's node starts from

      --from HEIGHT takes more headers in, so that a checkpoint or another bundle of that height can be compared. An \
      existing file is not overwritten.

      Example:
        floorctl bundle export --out floors.bundle --as /tmp/net/USA
        floorctl bundle export --item lithium/carbonate@1 --lean --out lithium.bundle --as /tmp/net/USA
        floorctl bundle export --range lithium/carbonate@1..nickel/unwrought@1 --out some.bundle --as /tmp/net/USA
      """)

  @Option(name: .long, help: "The file to make.")
  var out: String

  @OptionGroup var subject: BundleSubjectOptions

  @Option(name: .long, help: "The height of the first header. Default: that of the newest block.")
  var from: UInt64?

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/bundle/1`.
  private struct Report: Encodable {
    let file: String
    let bytes: Int
    let sha256: String
    let network: String
    let height: UInt64
    let epoch: UInt64
  }

  func run() async throws {
    let bytes = try await connection.client().bundle(subject.query + [("from", from.map(String.init))])
    guard let bundle = try? Bundle(decoding: bytes), bundle.headers.indices.contains(bundle.proved) else {
      throw Failure(.unreachable, "ANSWER_UNEXPECTED", "the node's answer is not a bundle that this program reads")
    }
    let proved = bundle.headers[bundle.proved]
    try Files.create(bytes, at: out)
    let report = Report(
      file: out, bytes: bytes.count, sha256: Digest.sha256(bytes).hexadecimal, network: bundle.network.hexadecimal,
      height: proved.height.number, epoch: proved.epoch.number)
    Output.show("bundle", report, asJSON: output.json) {
      [
        "\(out): \(bytes.count) bytes, final at height \(report.height), SHA-256 \(report.sha256)",
        "verify it with: floorctl bundle verify \(out) --genesis GENESIS",
      ]
    }
  }
}

/// What a bundle is to be about.
struct BundleSubjectOptions: ParsableArguments {
  @Flag(name: .long, help: "The whole table. This is the default.")
  var table = false

  @Option(name: .long, help: "One item version, with its signed inputs unless --lean is given.")
  var item: String?

  @Flag(name: .long, help: "With --item: the row alone.")
  var lean = false

  @Option(name: .long, help: "An item version without a row.")
  var absent: String?

  @Option(name: .long, help: "Two item versions with .. between them.")
  var range: String?

  @Option(name: .long, help: "A docket.")
  var docket: String?

  @Flag(name: .long, help: "Members, keys, pins and validators.")
  var roster = false

  func validate() throws {
    let named = [table, item != nil, absent != nil, range != nil, docket != nil, roster].count { $0 }
    guard named <= 1 else {
      throw ValidationError("a bundle is about one thing: --table, --item, --absent, --range, --docket or --roster")
    }
    if lean, item == nil { throw ValidationError("--lean goes with --item") }
  }

  /// The parameters of `/v1/bundle`.
  var query: [(String, String?)] {
    [
      ("item", lean ? nil : item), ("row", lean ? item : nil), ("absent", absent), ("range", range),
      ("docket", docket), ("roster", roster ? "true" : nil),
    ]
  }
}

struct BundleVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Verify a bundle offline, from the genesis alone, and say what it proves.",
    discussion: """
      Exit code 0 if everything verifies, 1 with the exact reason if not. The links between epochs are walked from the \
      genesis to the epoch whose validators signed. A bundle proves what was final at its time, not that nothing came \
      later: --max-age makes age a refusal. --checkpoint HEIGHT:DIGEST, as the members publish them, guards against \
      forgery with keys that were retired since; without it the oldest epoch is named whose keys were relied on.

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
    let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    let demands = BundleDemands(now: now, maximumAge: maxAge.map { $0 * 1_000 }, checkpoint: try point())
    let verified = try BundleFile.verified(file, try GenesisFile.verified(genesis), demands)
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

struct BundleCompare: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Say whether two bundles can be of one chain, and who signed both if not.",
    discussion: """
      Both bundles must verify. If they contradict each other, the members that signed what no honest member signs both \
      are named, and --evidence FILE writes their votes for floorctl evidence verify, or for the members to act on. \
      Where the two certificates are of different views, one more is needed: its description is printed, and a file \
      with it (a quorum-certificate of Protocol/pricefloor.cddl) is taken with --certificate.

      Exit code 0 if the bundles can be of one chain, 1 if they contradict each other.

      Example:
        floorctl bundle compare from-lisbon.bundle from-tokyo.bundle --genesis genesis.cbor --evidence both.evidence
      """)

  @Argument(help: "A bundle.")
  var first: String

  @Argument(help: "Another bundle of the same network.")
  var second: String

  @Option(name: .long, help: "The genesis document.")
  var genesis: String

  @Option(name: .long, help: "A further certificate. May be given several times.")
  var certificate: [String] = []

  @Option(name: .long, help: "The file to make where members are exposed.")
  var evidence: String?

  @OptionGroup var output: OutputOptions

  /// `pricefloor/comparison/1`.
  private struct Report: Encodable {
    let first: String
    let second: String
    /// `oneChain`, `undecided` or `contradictory`.
    let relation: String
    let exposed: [String]
    let needed: [String]
    let evidence: String?
    let sentences: [String]
  }

  func run() async throws {
    let genesis = try GenesisFile.verified(genesis)
    let reports = try [first, second].map { try BundleFile.verified($0, genesis) }
    let further = try certificate.map { path in
      do { return try Certificate(decoding: try Files.read(path, limit: 1 << 20)) } catch is CBORError {
        throw Failure.refused("CERTIFICATE_MALFORMED", "\(path) is not a certificate that this program reads")
      }
    }
    let relation = BundleComparison(reports[0], reports[1], further: further, by: SystemVerifier()).relation
    var written: String?
    let name: String
    var conflict: BundleConflict?
    switch relation {
    case .oneChain: name = "oneChain"
    case .undecided: name = "undecided"
    case .contradictory(let found):
      name = "contradictory"
      conflict = found
    }
    if let evidence, let file = conflict?.evidence {
      try Files.create(file.encoded, at: evidence)
      written = evidence
    }
    let report = Report(
      first: first, second: second, relation: name, exposed: conflict?.findings.map(\.member.text) ?? [],
      needed: conflict?.needed ?? [], evidence: written, sentences: relation.sentences)
    Output.show("comparison", report, asJSON: output.json) {
      let votes = written.map { ["Their votes are in \($0); verify them with floorctl evidence verify."] }
      return relation.sentences + (votes ?? [])
    }
    guard relation.isCompatible else { throw ExitCode(ExitStatus.no.rawValue) }
  }
}

/// Bundles as files.
enum BundleFile {
  /// Reads a bundle that must verify.
  static func verified(
    _ path: String, _ genesis: VerifiedGenesis, _ demands: BundleDemands = BundleDemands()
  ) throws -> BundleReport {
    let bytes = try Files.read(path, limit: Bundle.mostBytes)
    do {
      return try Bundle.verified(decoding: bytes, genesis: genesis, demands: demands, by: SystemVerifier())
    } catch {
      throw Failure.no(error.code, "\(path) is not verified: \(error.sentence)")
    }
  }
}
