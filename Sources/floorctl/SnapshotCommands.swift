import ArgumentParser
import CBOR
import Client
import Consensus
import Cryptography
import Foundation
import Ledger
import Membership

struct SnapshotCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot", abstract: "Take a whole state out of a node with its signed manifest, and verify both.",
    subcommands: [SnapshotExport.self, SnapshotVerify.self])
}

struct SnapshotExport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a snapshot of a node's newest state, and its manifest beside it.",
    discussion: """
      Existing files are not overwritten.

      Example:
        floorctl snapshot export --out state.snapshot --manifest state.manifest --as /tmp/net/USA
      """)

  @Option(name: .long, help: "The file for the snapshot.")
  var out: String

  @Option(name: .long, help: "The file for the manifest.")
  var manifest: String

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/snapshot/1`.
  private struct Report: Encodable {
    let file: String
    let manifest: String
    let bytes: Int
    let sha256: String
  }

  func run() async throws {
    let answer = try await connection.client().snapshot()
    var reader = CBORReader(answer)
    let (offer, snapshot): (SnapshotOffer, [UInt8])
    do throws(CBORError) {
      try reader.array(exactly: 2)
      (offer, snapshot) = (try reader.value(), try reader.byteString(max: answer.count))
      reader.leave()
      try reader.finish()
    } catch {
      throw Failure(.unreachable, "ANSWER_UNEXPECTED", "the node's answer is not a snapshot that this program reads")
    }
    try Files.create(snapshot, at: out)
    try Files.create(offer.encoded, at: manifest)
    let report = Report(
      file: out, manifest: manifest, bytes: snapshot.count, sha256: Digest.sha256(snapshot).hexadecimal)
    Output.show("snapshot", report, asJSON: output.json) {
      [
        "\(out): \(snapshot.count) bytes, SHA-256 \(report.sha256)",
        "verify it with: floorctl snapshot verify \(manifest) --genesis GENESIS --snapshot \(out)",
      ]
    }
  }
}

struct SnapshotVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Verify a snapshot's manifest offline, and with --snapshot the snapshot itself.",
    discussion: """
      The manifest's header must be final by its certificate, from the genesis on; the manifest must name that header and \
      its state root. With --snapshot every chunk is compared with the manifest, and the state root is computed anew from \
      all entries. Trust rests on the header's certificate: the manifest's signature says only who made it.

      Exit code 0 if everything verifies, 1 with the exact reason if not.

      Example:
        floorctl snapshot verify state.manifest --genesis genesis.cbor --snapshot state.snapshot
      """)

  @Argument(help: "The manifest.")
  var file: String

  @Option(name: .long, help: "The genesis document.")
  var genesis: String

  @Option(name: .long, help: "The snapshot.")
  var snapshot: String?

  @OptionGroup var output: OutputOptions

  /// `pricefloor/snapshot-verification/1`.
  private struct Report: Encodable {
    let file: String
    let verified = true
    let network: String
    let height: UInt64
    let block: String
    let stateRoot: String
    let bytes: UInt64
    let chunks: Int
    let signer: String
    let signerVerified: Bool
    let snapshotVerified: Bool
    let sentences: [String]
  }

  func run() async throws {
    let genesis = try GenesisFile.verified(genesis)
    let bytes = try Files.read(file, limit: SnapshotOffer.mostBytes)
    let offer: VerifiedSnapshotOffer
    do {
      offer = try SnapshotOffer.verified(decoding: bytes, genesis: genesis, by: SystemVerifier())
    } catch {
      throw Failure.no(error.code, "\(file) is not verified: \(error.sentence)")
    }
    var sentences = offer.sentences
    if let snapshot {
      try Self.check(snapshot, offer, genesis)
      sentences.append("Every entry of \(snapshot) was read, and together they give that state root.")
    }
    let report = Report(
      file: file, network: genesis.network.description, height: offer.header.height.number,
      block: offer.header.digest.hexadecimal, stateRoot: offer.header.stateRoot.hexadecimal,
      bytes: offer.manifest.bytes, chunks: offer.manifest.chunks.count, signer: offer.manifest.signer.text,
      signerVerified: offer.isSignerKnown, snapshotVerified: snapshot != nil, sentences: sentences)
    Output.show("snapshot-verification", report, asJSON: output.json) {
      ["\(Style.good("verified")): \(file)"] + sentences
    }
  }

  private static func check(_ path: String, _ offer: VerifiedSnapshotOffer, _ genesis: VerifiedGenesis) throws {
    let bytes = try Files.read(path, limit: SnapshotManifest.mostChunks * SnapshotManifest.chunkBytes)
    if let place = offer.manifest.difference(from: bytes) {
      throw Failure.no("SNAPSHOT_CHUNK", "\(path) differs from its manifest in chunk \(place), counted from 0")
    }
    do {
      let snapshot = try Snapshot(decoding: bytes)
      guard snapshot.header == offer.header else {
        throw Failure.no("SNAPSHOT_OTHER_HEADER", "\(path) is the state of another header than the manifest's")
      }
      _ = try snapshot.state(on: genesis, in: offer.finality.epoch, by: SystemVerifier())
    } catch let error as SnapshotError {
      throw Failure.no("SNAPSHOT_REFUSED", "\(path): \(error.sentence)")
    } catch let error as CBORError {
      throw Failure.no("SNAPSHOT_MALFORMED", "\(path) is not a snapshot in its deterministic form (\(error))")
    }
  }
}
