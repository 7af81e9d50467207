import Foundation

/// What a test network is and where its members listen: `network.json` in its folder.
package struct NetworkFile: Codable, Hashable, Sendable {
  package static let schema = "pricefloor/testnet/1"
  package static let name = "network.json"

  package var schema = NetworkFile.schema
  package var name: String
  /// The network's identity in hexadecimal.
  package var network: String
  package var members: [Place]

  /// One member's folder, relative to the network's, and its addresses.
  package struct Place: Codable, Hashable, Sendable {
    package var member: String
    package var folder: String
    package var listen: String
    package var api: String
  }

  package init(name: String, network: String, members: [Place]) {
    (self.name, self.network, self.members) = (name, network, members)
  }

  package static func read(_ directory: String) throws(TestnetError) -> NetworkFile {
    let path = directory + "/" + name
    guard let data = FileManager.default.contents(atPath: path) else { throw .noNetwork(path: directory) }
    guard let file = try? JSONDecoder().decode(NetworkFile.self, from: data), file.schema == schema else {
      throw .content(path: path, "is not of the format \(schema)")
    }
    return file
  }
}

/// What `floorctl --as DIR` needs of a member: `member.json` in its folder. Paths in the file are relative to the folder; here they
/// are resolved.
package struct MemberFolder: Codable, Hashable, Sendable {
  package static let schema = "pricefloor/member/1"
  package static let name = "member.json"

  package var schema = MemberFolder.schema
  package var member: String
  package var api: String
  package var authorityKey: String
  package var genesis: String

  package init(member: String, api: String, authorityKey: String, genesis: String) {
    (self.member, self.api, self.authorityKey, self.genesis) = (member, api, authorityKey, genesis)
  }

  package static func read(_ directory: String) throws(TestnetError) -> MemberFolder {
    let path = directory + "/" + name
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    guard var folder = try? JSONDecoder().decode(MemberFolder.self, from: data), folder.schema == schema else {
      throw .content(path: path, "is not of the format \(schema)")
    }
    folder.authorityKey = resolve(folder.authorityKey, in: directory)
    folder.genesis = resolve(folder.genesis, in: directory)
    return folder
  }

  private static func resolve(_ path: String, in directory: String) -> String {
    path.hasPrefix("/") ? path : directory + "/" + path
  }
}

/// Small files of a test network, written whole.
enum TextFile {
  static func write(_ text: String, to path: String) throws(TestnetError) {
    do { try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
      throw .unwritable(path: path, reason: error.localizedDescription)
    }
  }

  static func write(json value: some Encodable, to path: String) throws(TestnetError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { throw .unwritable(path: path, reason: "cannot be encoded") }
    try write(String(decoding: data, as: UTF8.self) + "\n", to: path)
  }

  static func makeDirectory(_ path: String) throws(TestnetError) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch { throw .unwritable(path: path, reason: error.localizedDescription) }
  }
}
