import Cryptography
import Membership

/// A member's folder of secrets, as a test network makes it: keys, a certificate authority of its own, and what is public of them.
struct MemberMaterial {
  let entry: Member
  let keys: [KeyRole: PrivateKey]

  /// Makes the folder with keys/, tls/, evidence/ and data/.
  static func make(
    _ member: MemberID, name: String, kind: MemberKind, in folder: String
  ) throws(KeyError) -> MemberMaterial {
    for part in ["keys", "tls", "evidence", "data"] {
      do { try TextFile.makeDirectory(folder + "/" + part) } catch {
        throw .file(path: folder, reason: error.sentence)
      }
    }
    var keys: [KeyRole: PrivateKey] = [:]
    for role in KeyRole.allCases {
      let key = try PrivateKey.generate()
      try KeyFile.create(key, at: "\(folder)/keys/\(role.fileName).pem")
      keys[role] = key
    }
    let issuer = try CertificateAuthority.create(name: "\(member.text) test authority")
    try issuer.write(certificateFile: folder + "/tls/authority.pem", keyFile: folder + "/tls/authority-key.pem")
    let leafKey = try PrivateKey.generate(.es256)
    let leaf = try issuer.issue(name: "\(member.text) node", key: leafKey)
    try KeyFile.create(leafKey, at: folder + "/tls/key.pem")
    try KeyFile.createPublic(try leaf.pem() + issuer.certificate.pem(), at: folder + "/tls/chain.pem")
    guard let root = keys[.root], let authority = keys[.authority], let node = keys[.node] else {
      // Every role has got its key above.
      preconditionFailure("a role without a key")
    }
    let entry = Member(
      id: member, name: name, kind: kind, root: root.publicKey, authority: authority.publicKey, node: node.publicKey,
      pins: [issuer.certificate.subjectPublicKeyDigest])
    return MemberMaterial(entry: entry, keys: keys)
  }
}

extension KeyRole {
  fileprivate var fileName: String {
    switch self {
    case .root: "root"
    case .authority: "authority"
    case .node: "node"
    }
  }
}
