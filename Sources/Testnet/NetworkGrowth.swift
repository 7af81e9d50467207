import Accession
import CBOR
import Client
import Cryptography
import Foundation
import Glibc
import Membership
import Trade

extension TestNetwork {
  /// Prepares a newcomer beside the running members: its folder with keys and its request to join, and in the others' folders its
  /// address and its certificate authority, which running daemons take up at once.
  ///
  /// The newcomer belongs to the network when the members have adopted its request.
  package func adding(
    _ member: MemberID, name: String, kind: MemberKind = .state, vectors: String? = nil
  ) throws(TestnetError) -> (network: TestNetwork, change: String) {
    let folder = directory + "/" + member.text
    guard !members.contains(member.text), !FileManager.default.fileExists(atPath: folder) else {
      throw .exists(path: folder)
    }
    do throws(TestnetError) { return try add(member, name, kind, vectors, in: folder) } catch {
      try? FileManager.default.removeItem(atPath: folder)
      throw error
    }
  }

  private func add(
    _ member: MemberID, _ name: String, _ kind: MemberKind, _ vectors: String?, in folder: String
  ) throws(TestnetError) -> (network: TestNetwork, change: String) {
    let path = directory + "/genesis.cbor"
    guard let genesis = FileManager.default.contents(atPath: path), let network = Digest(hexadecimal: file.network)
    else { throw .unreadable(path: path) }
    let change = folder + "/admission.change"
    let profile = try ContentFile.minimal(members: [member]).customsProfiles.first
    let anchor: [UInt8]
    do throws(KeyError) {
      let material = try MemberMaterial.make(member, name: name, kind: kind, in: folder)
      let end = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000) + 86_400_000)
      let admission = try Admission.signed(
        for: material.entry, profile: profile, by: material.keys, network: NetworkID(network), approvedUntil: end)
      guard let admission else { throw .file(path: folder, reason: "a key is missing") }
      try KeyFile.createPublic(RosterChange.admit(admission).encoded, at: change)
      anchor = try KeyFile.readPublic(folder + "/tls/authority.pem")
    } catch { throw .key(error) }
    let grown = try grown(by: member)
    let draft = NetworkDraft(
      members: [member], content: .minimal(members: [member]), contentPath: "", pace: .demo,
      desk: DeskSetup(policy: .off, conciliation: .hold, evidence: []), vectors: vectors)
    guard let place = grown.file.members.last else { throw .noPorts }
    try draft.furnish(place, among: grown.file.members, directory, Array(genesis), isNewcomer: true)
    for other in file.members { try introduce(place, anchor, to: other) }
    try TextFile.write(json: grown.file, to: directory + "/" + NetworkFile.name)
    for other in file.members { process(other)?.signal(SIGHUP) }
    return (grown, change)
  }

  private func grown(by member: MemberID) throws(TestnetError) -> TestNetwork {
    let ports = try FreePorts.find(2)
    var file = file
    file.members.append(
      NetworkFile.Place(
        member: member.text, folder: member.text, listen: "127.0.0.1:\(ports[0])", api: "http://127.0.0.1:\(ports[1])"))
    return TestNetwork(directory: directory, file: file)
  }

  /// Tells a member's node where the newcomer listens, and which certificate authority it has.
  private func introduce(
    _ newcomer: NetworkFile.Place, _ anchor: [UInt8], to place: NetworkFile.Place
  ) throws(TestnetError) {
    let (anchors, configuration) = (folder(place) + "/tls/anchors.pem", configuration(place))
    guard let trusted = FileManager.default.contents(atPath: anchors),
      let text = FileManager.default.contents(atPath: configuration).map({ String(decoding: $0, as: UTF8.self) })
    else { throw .unreadable(path: configuration) }
    let line = "  \(newcomer.member): \(newcomer.listen)\n"
    let changed =
      text.contains("peers:\n")
      ? text.replacingOccurrences(of: "peers:\n", with: "peers:\n" + line) : text + "peers:\n" + line
    try TextFile.write(String(decoding: Array(trusted) + anchor, as: UTF8.self), to: anchors)
    try TextFile.write(changed, to: configuration)
  }
}
