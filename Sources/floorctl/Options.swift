import ArgumentParser
import Client
import Cryptography
import Foundation
import Membership
import Testnet

/// How a command answers.
struct OutputOptions: ParsableArguments {
  @Flag(name: .long, help: "Answer with one JSON object whose field \"schema\" names its format.")
  var json = false
}

/// Which node a command asks.
struct NodeOptions: ParsableArguments {
  @Option(
    name: .long, help: "The node's API, as http://127.0.0.1:15001. Default: FLOORCTL_NODE, else the node of --as.")
  var node: String?

  @Option(
    name: .customLong("as"),
    help:
      "A member's folder as testnet init makes it: names the node, the member and its authority key. Default: FLOORCTL_AS."
  )
  var folder: String?

  /// The member's folder, if one was named.
  func memberFolder() throws -> MemberFolder? {
    guard let path = folder ?? Self.environment("FLOORCTL_AS") else { return nil }
    return try MemberFolder.read(path)
  }

  /// The client, or a usage error that tells how to name a node.
  func client() throws -> NodeClient {
    if let text = node ?? Self.environment("FLOORCTL_NODE") { return NodeClient(try NodeAddress(text)) }
    if let folder = try memberFolder() { return NodeClient(try NodeAddress(folder.api)) }
    throw Failure.usage("no node is named: use --node URL, --as DIR, or the environment variable FLOORCTL_NODE")
  }

  static func environment(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// Who signs.
struct SignerOptions: ParsableArguments {
  @OptionGroup var connection: NodeOptions

  @Option(name: .long, help: "The member that signs. Default: the member of --as.")
  var member: String?

  @Option(name: .long, help: "The file of the member's authority key. Default: that of --as.")
  var key: String?

  /// The member and its authority key, read from its file for the length of this command.
  func signer() throws -> (member: MemberID, key: PrivateKey) {
    let folder = try connection.memberFolder()
    guard let name = member ?? folder?.member, let path = key ?? folder?.authorityKey else {
      throw Failure.usage("nobody signs: use --as DIR, or --member ID with --key FILE")
    }
    guard let id = MemberID(name) else {
      throw Failure.usage("\(name) is no member id: 2 to 16 of A-Z and 0-9, as USA")
    }
    return (id, try KeyFile.read(path))
  }
}
