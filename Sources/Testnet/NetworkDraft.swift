import CBOR
import Client
import Cryptography
import Foundation
import Ledger
import Membership
import Trade

/// How the price desks of a test network are set up.
package struct DeskSetup: Hashable, Sendable {
  package enum Policy: String, Hashable, Sendable, CaseIterable {
    case off
    case confirm
    case auto
  }

  /// What a desk does in a later round when its own price lies outside the narrowed band.
  package enum Conciliation: String, Hashable, Sendable, CaseIterable {
    case hold
    case meet
  }

  package var policy: Policy
  package var conciliation: Conciliation
  /// Files that every desk finds in its evidence folder.
  package var evidence: [String]

  package init(policy: Policy, conciliation: Conciliation, evidence: [String]) {
    (self.policy, self.conciliation, self.evidence) = (policy, conciliation, evidence)
  }
}

/// A test network before it is made: everything on one machine, every secret made here. A real network is made by its members, each
/// on its own machines, with `key new`, `genesis create` and `genesis sign`.
package struct NetworkDraft: Sendable {
  package var members: [MemberID]
  package var content: ContentFile
  /// The content's file, for errors.
  package var contentPath: String
  package var pace: Pace
  package var desk: DeskSetup
  /// Golden vectors that the daemons check themselves against; those that come with the program where nil.
  package var vectors: String?

  package init(
    members: [MemberID], content: ContentFile, contentPath: String, pace: Pace, desk: DeskSetup, vectors: String? = nil
  ) {
    (self.members, self.content, self.contentPath) = (members, content, contentPath)
    (self.pace, self.desk, self.vectors) = (pace, desk, vectors)
  }

  /// Makes the folder with one folder a member. Nothing is left behind where it fails.
  package func create(at directory: String) throws(TestnetError) -> TestNetwork {
    let root = URL(fileURLWithPath: directory).standardizedFileURL.path
    guard !FileManager.default.fileExists(atPath: root) else { throw .exists(path: root) }
    do throws(TestnetError) {
      return try make(root)
    } catch {
      try? FileManager.default.removeItem(atPath: root)
      throw error
    }
  }

  private func make(_ root: String) throws(TestnetError) -> TestNetwork {
    try TextFile.makeDirectory(root)
    let keys = try makeKeys(root)
    let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970) * 1_000)
    let content = try content.genesis(members: keys.map(\.entry), time: now, pace: pace, path: contentPath)
    let genesis = try endorsed(content, keys)
    let ports = try FreePorts.find(members.count * 2)
    let places = members.enumerated().map { index, member in
      NetworkFile.Place(
        member: member.text, folder: member.text, listen: "127.0.0.1:\(ports[index * 2])",
        api: "http://127.0.0.1:\(ports[index * 2 + 1])")
    }
    try write(genesis.encoded, to: root + "/genesis.cbor")
    for place in places { try furnish(place, among: places, root, genesis.encoded) }
    let file = NetworkFile(name: content.name, network: content.network.description, members: places)
    try TextFile.write(json: file, to: root + "/" + NetworkFile.name)
    return TestNetwork(directory: root, file: file)
  }

  // MARK: Keys

  private func makeKeys(_ root: String) throws(TestnetError) -> [MemberMaterial] {
    var made: [MemberMaterial] = []
    for member in members {
      let (name, kind) = content.description(of: member)
      do throws(KeyError) {
        made.append(try MemberMaterial.make(member, name: name, kind: kind, in: root + "/" + member.text))
      } catch { throw .key(error) }
    }
    return made
  }

  private func endorsed(_ content: GenesisContent, _ keys: [MemberMaterial]) throws(TestnetError) -> Genesis {
    var genesis = Genesis(content: content)
    for member in keys {
      guard let root = member.keys[.root] else { continue }
      do throws(KeyError) { genesis = try genesis.signed(by: member.entry.id, root) } catch { throw .key(error) }
    }
    return genesis
  }

  // MARK: Folders

  /// Puts into a member's folder what its node needs besides its own secrets.
  func furnish(
    _ place: NetworkFile.Place, among places: [NetworkFile.Place], _ root: String, _ genesis: [UInt8],
    isNewcomer: Bool = false
  ) throws(TestnetError) {
    let folder = root + "/" + place.folder
    try write(genesis, to: folder + "/genesis.cbor")
    var anchors: [UInt8] = []
    for other in places where other.member != place.member {
      let path = "\(root)/\(other.folder)/tls/authority.pem"
      do { anchors += try KeyFile.readPublic(path) } catch { throw .key(error) }
    }
    try write(anchors, to: folder + "/tls/anchors.pem")
    for file in desk.evidence {
      let name = URL(fileURLWithPath: file).lastPathComponent
      guard let bytes = FileManager.default.contents(atPath: file) else { throw .unreadable(path: file) }
      try write(Array(bytes), to: "\(folder)/evidence/\(name)")
    }
    let configuration = NodeConfigurationText(
      place: place, places: places, desk: desk, vectors: vectors, isNewcomer: isNewcomer)
    try TextFile.write(configuration.yaml, to: folder + "/floord.yaml")
    let member = MemberFolder(
      member: place.member, api: place.api, authorityKey: "keys/authority.pem", genesis: "genesis.cbor")
    try TextFile.write(json: member, to: folder + "/" + MemberFolder.name)
  }

  private func write(_ bytes: [UInt8], to path: String) throws(TestnetError) {
    do { try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
      throw .unwritable(path: path, reason: error.localizedDescription)
    }
  }
}

extension Genesis {
  /// The document with one more endorsement, by a member's root key.
  package func signed(by member: MemberID, _ key: PrivateKey) throws(KeyError) -> Genesis {
    endorsed(by: try key.signed(GenesisEndorsement(signer: member, content: content.digest), network: .none))
  }
}

/// One node's configuration file.
struct NodeConfigurationText {
  let place: NetworkFile.Place
  let places: [NetworkFile.Place]
  let desk: DeskSetup
  let vectors: String?
  /// Whether the genesis does not know the member.
  let isNewcomer: Bool

  var yaml: String {
    var lines = [
      "# The node of \(place.member) in a test network. Every key is explained in Deploy/floord.yaml.",
      "member: \(place.member)", "genesis: genesis.cbor", "data: data", "keys:", "  node: keys/node.pem", "tls:",
      "  certificate: tls/chain.pem", "  key: tls/key.pem", "  anchors: [tls/anchors.pem]", "listen: \(place.listen)",
    ]
    let others = places.filter { $0.member != place.member }
    if !others.isEmpty { lines += ["peers:"] + others.map { "  \($0.member): \($0.listen)" } }
    lines += ["api:", "  listen: \(place.api.dropFirst("http://".count))", "log:", "  level: info", "desk:"]
    lines += ["  policy: \(desk.policy.rawValue)", "  authority_key: keys/authority.pem", "  evidence: evidence"]
    lines += ["  conciliation: \(desk.conciliation.rawValue)"]
    if let vectors { lines.append("vectors: \(vectors)") }
    if isNewcomer { lines.append("newcomer: yes") }
    return lines.joined(separator: "\n") + "\n"
  }
}
