import Foundation
import Trade

/// One member's customs profile in a file of its own, in the form of the genesis content.
package enum ProfileFile {
  package static func read(_ path: String) throws(TestnetError) -> CustomsProfile {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    let entry: ContentFile.ProfileEntry
    do { entry = try JSONDecoder().decode(ContentFile.ProfileEntry.self, from: data) } catch {
      throw .content(path: path, "it is no profile in the form of Protocol/genesis.md")
    }
    return try ContentReading(path: path).profile(entry)
  }
}

extension ContentFile {
  /// The customs profiles, as the protocol has them.
  var customsProfiles: [CustomsProfile] {
    get throws(TestnetError) {
      var read: [CustomsProfile] = []
      for entry in profiles { read.append(try ContentReading(path: "the content").profile(entry)) }
      return read
    }
  }
}
