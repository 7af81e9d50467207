import CBOR
import Cryptography
import Membership

/// All that agreement knows of a block: its digest and its place. Contents are the driver's business.
///
/// A link in an event is true: the driver derived it from a header whose digest it computed.
package struct BlockLink: Hashable, Sendable, CBORCodable {
  package let digest: Digest
  package let height: Height
  package let view: View
  package let parent: Digest
  package let parentView: View

  package init(digest: Digest, height: Height, view: View, parent: Digest, parentView: View) {
    (self.digest, self.height, self.view) = (digest, height, view)
    (self.parent, self.parentView) = (parent, parentView)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(5)
    writer.value(digest)
    writer.value(height)
    writer.value(view)
    writer.value(parent)
    writer.value(parentView)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 5)
    digest = try reader.value()
    height = try reader.value()
    view = try reader.value()
    parent = try reader.value()
    parentView = try reader.value()
    reader.leave()
  }
}
