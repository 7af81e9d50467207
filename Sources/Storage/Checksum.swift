import Cryptography

/// The first eight bytes of a blob's SHA-256, beside every blob of the journal: SQLite itself does not notice a flipped bit in one.
enum Checksum {
  static func of(_ bytes: [UInt8]) -> Int64 {
    let prefix = Digest.sha256(bytes).bytes.prefix(8)
    return Int64(bitPattern: prefix.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }
}
