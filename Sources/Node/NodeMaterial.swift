import Consensus
import Cryptography
import Foundation
import Ledger
import Membership
import Transport
import Vectors

/// Everything that a node reads before it starts: verified genesis, keys, TLS identity. ``load(_:)`` refuses whatever does not fit together.
package struct NodeMaterial: Sendable {
  package let genesis: VerifiedGenesis
  /// A roster later than the genesis' own, by which members are dialled until the chain is there; proved by a bundle.
  let proved: ProvedRoster?
  let identity: TransportIdentity
  package let signer: NodeSigner
  let verifier: CachingVerifier

  /// Reads and checks it all, the self-test on the golden vectors included. Opens no port and no database.
  package static func load(
    _ configuration: NodeConfiguration, knowing rules: KnownRules = .program
  ) throws(NodeFailure) -> NodeMaterial {
    try SelfTest.run(configuration.vectors)
    let verifier = CachingVerifier()
    let genesis = try readGenesis(configuration.genesis, rules)
    let member = configuration.member
    var keys: [PrivateKey] = []
    let identity: TransportIdentity
    do throws(KeyError) {
      for path in [configuration.nodeKey] + configuration.nextNodeKeys { keys.append(try KeyFile.read(path)) }
      identity = try Self.identity(configuration)
    } catch {
      throw .key(error)
    }
    let signer = NodeSigner(keys: keys, member: member, context: genesis.context, verifier: verifier)
    let proved = try configuration.bundle.map { (bundle) throws(NodeFailure) in
      try ProvedRoster.read(bundle, genesis, verifier)
    }
    let isKnown = genesis.roster[member] != nil || proved?.roster[member] != nil || configuration.isNewcomer
    guard isKnown else { throw .notAMember(member) }
    return NodeMaterial(
      genesis: genesis, proved: proved, identity: identity, signer: signer, verifier: verifier)
  }

  /// The TLS identity that the configuration's files hold now.
  static func identity(_ configuration: NodeConfiguration) throws(KeyError) -> TransportIdentity {
    try TransportIdentity.read(
      certificateFile: configuration.tls.certificate, keyFile: configuration.tls.key,
      trustAnchorFiles: configuration.tls.anchors.filter(isNotEmpty))
  }

  /// A member that is alone has nobody to trust, and an empty file of anchors. One that cannot be looked at is read, and named then.
  private static func isNotEmpty(_ path: String) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) != 0
  }

  private static func readGenesis(_ path: String, _ rules: KnownRules) throws(NodeFailure) -> VerifiedGenesis {
    let bytes: [UInt8]
    do { bytes = [UInt8](try Data(contentsOf: URL(filePath: path))) } catch {
      throw .file(path: path, reason: FileProblem.describe(error))
    }
    do throws(GenesisError) {
      return try Genesis.verified(decoding: bytes, by: SystemVerifier(), knowing: rules)
    } catch {
      throw .genesis(path: path, error)
    }
  }
}

/// A roster that a bundle proves, trusted because somebody compared the bundle's digest.
struct ProvedRoster: Sendable {
  let roster: Roster
  let epoch: Epoch

  static func read(
    _ bundle: NodeConfiguration.Bundle, _ genesis: VerifiedGenesis, _ verifier: some SignatureVerifier
  ) throws(NodeFailure) -> ProvedRoster {
    let bytes: [UInt8]
    do { bytes = [UInt8](try Data(contentsOf: URL(filePath: bundle.path))) } catch {
      throw .file(path: bundle.path, reason: FileProblem.describe(error))
    }
    guard Digest.sha256(bytes) == bundle.digest else {
      throw .bundle(path: bundle.path, reason: "its SHA-256 is \(Digest.sha256(bytes).hexadecimal), not bundle.digest")
    }
    let report: BundleReport
    do throws(BundleError) {
      report = try Ledger.Bundle.verified(decoding: bytes, genesis: genesis, demands: BundleDemands(), by: verifier)
    } catch {
      throw .bundle(path: bundle.path, reason: "\(error)")
    }
    guard let roster = report.contents.roster, let epoch = report.contents.latestEpoch?.epoch else {
      throw .bundle(path: bundle.path, reason: "it shows no roster: ask for the bundle of the roster")
    }
    return ProvedRoster(roster: roster, epoch: epoch)
  }
}

/// Checks this build's arithmetic against the golden vectors before it touches anything.
enum SelfTest {
  static let fileName = "floors.json"

  /// Runs the vectors of a file, or of the copy that comes with the program.
  static func run(_ configured: String?) throws(NodeFailure) {
    let path: String
    if let configured { path = configured } else { path = try shipped() }
    let bytes: [UInt8]
    do { bytes = [UInt8](try Data(contentsOf: URL(filePath: path))) } catch {
      throw .file(path: path, reason: FileProblem.describe(error))
    }
    let report: VectorReport
    do throws(VectorFileError) { report = try VectorRun.run(bytes) } catch { throw .vectors(path: path, error) }
    guard report.failed == 0 else { throw .vectorsFailed(path: path, summary: report.summary) }
  }

  /// Beside the program, in the share folder of its installation, or in the source tree that it was built in.
  private static func shipped() throws(NodeFailure) -> String {
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    var places = [
      program.appending(path: fileName),
      program.deletingLastPathComponent().appending(path: "share/pricefloor/\(fileName)"),
    ]
    var folder = program
    while folder.path.count > 1 {
      places.append(folder.appending(path: "Protocol/Vectors/\(fileName)"))
      folder.deleteLastPathComponent()
    }
    if let found = places.first(where: { FileManager.default.isReadableFile(atPath: $0.path) }) { return found.path }
    throw .vectorsMissing(places.prefix(2).map(\.path) + ["Protocol/Vectors/\(fileName) in the folders above"])
  }
}
