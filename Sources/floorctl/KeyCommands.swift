import ArgumentParser
import Cryptography
import Foundation
import Membership

struct KeyCommands: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Make keys and show what is public of them.",
    subcommands: [KeyNew.self, KeyShow.self])
}

/// `pricefloor/key/1`.
struct KeyPublication: Encodable {
  let file: String
  let algorithm: String
  let publicKey: String
  let fingerprint: String

  init(file: String, key: PublicKey) {
    self.file = file
    algorithm = key.algorithm.label
    publicKey = key.bytes.hexadecimal
    fingerprint = key.fingerprint
  }

  var lines: [String] {
    ["file         \(file)", "algorithm    \(algorithm)", "public key   \(publicKey)", "fingerprint  \(fingerprint)"]
  }
}

extension SignatureAlgorithm {
  var label: String {
    switch self {
    case .eddsa: "EDDSA"
    case .es256: "ES256"
    }
  }
}

struct KeyNew: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Make a new key in a file of its own.",
    discussion: """
      The file is PEM (PKCS #8) and readable by you alone; an existing file is never overwritten. A member has a root \
      key (offline, signs the genesis), an authority key (the ministry's: proposals and ballots) and a node key (the \
      daemon's). Each is a key like this one: what it is for, the genesis says.

      Example:
        floorctl key new --out keys/authority.pem
      """)

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case ed25519
    case p256

    var algorithm: SignatureAlgorithm {
      switch self {
      case .ed25519: .eddsa
      case .p256: .es256
      }
    }
  }

  @Option(name: .long, help: "The file to make.")
  var out: String

  @Option(name: .long, help: "ed25519, or p256 for devices that lack it.")
  var algorithm: Kind = .ed25519

  @OptionGroup var output: OutputOptions

  func run() throws {
    let key = try PrivateKey.generate(algorithm.algorithm)
    try KeyFile.create(key, at: out)
    let publication = KeyPublication(file: out, key: key.publicKey)
    Output.show("key", publication, asJSON: output.json) { publication.lines }
  }
}

struct KeyShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the public key and the fingerprint of a key file.",
    discussion: """
      Nothing secret is printed. Compare fingerprints over a second channel before you sign a genesis that contains \
      them.

      Example:
        floorctl key show keys/authority.pem
      """)

  @Argument(help: "A key file as key new makes it.")
  var file: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    let publication = KeyPublication(file: file, key: try KeyFile.read(file).publicKey)
    Output.show("key", publication, asJSON: output.json) { publication.lines }
  }
}
