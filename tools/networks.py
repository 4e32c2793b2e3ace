"""Well-known convolutional networks in plain PyTorch, with random weights: what tools/export_models.py exports.

The layers are those of the papers, the names those that torchvision uses where it has the network. `image` is the
height and width of the input, three channels; every network but the U-Net ends in `classes` scores.
"""

import torch
from torch import nn


def conv_norm(inputs, outputs, kernel=3, stride=1, groups=1, activation=nn.ReLU):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
              nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, activation()) if activation else nn.Sequential(*layers)


# ---- ResNet-18: He et al. 2015, arXiv:1512.03385


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = conv_norm(inputs, outputs, 1, stride, activation=None)

    def forward(self, x):
        identity = self.downsample(x) if self.downsample else x
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + identity)


class ResNet18(nn.Module):
    def __init__(self, image, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        widths, inputs = (64, 128, 256, 512), 64
        for number, width in enumerate(widths, 1):
            stride = 1 if number == 1 else 2
            setattr(self, f"layer{number}", nn.Sequential(BasicBlock(inputs, width, stride),
                                                          BasicBlock(width, width, 1)))
            inputs = width
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        outputs = 4 * width
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = conv_norm(inputs, outputs, 1, stride, activation=None)

    def forward(self, x):
        identity = self.downsample(x) if self.downsample else x
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        return self.relu(self.bn3(self.conv3(y)) + identity)


class ResNet50(ResNet18):
    def __init__(self, image, classes):
        super().__init__(image, classes)
        inputs = 64
        for number, (width, blocks) in enumerate(zip((64, 128, 256, 512), (3, 4, 6, 3)), 1):
            layers = []
            for block in range(blocks):
                layers.append(Bottleneck(inputs, width, 2 if block == 0 and number > 1 else 1))
                inputs = 4 * width
            setattr(self, f"layer{number}", nn.Sequential(*layers))
        self.fc = nn.Linear(inputs, classes)


# ---- MobileNetV2: Sandler et al. 2018, arXiv:1801.04381


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        layers = [conv_norm(inputs, hidden, 1, activation=nn.ReLU6)] if expansion != 1 else []
        layers += [conv_norm(hidden, hidden, 3, stride, hidden, nn.ReLU6),
                   nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    STAGES = (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)

    def __init__(self, image, classes):
        super().__init__()
        layers, inputs = [conv_norm(3, 32, 3, 2, activation=nn.ReLU6)], 32
        for expansion, outputs, repeats, stride in self.STAGES:
            for i in range(repeats):
                layers.append(InvertedResidual(inputs, outputs, stride if i == 0 else 1, expansion))
                inputs = outputs
        layers.append(conv_norm(inputs, 1280, 1, activation=nn.ReLU6))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))

    def forward(self, x):
        x = nn.functional.adaptive_avg_pool2d(self.features(x), (1, 1))
        return self.classifier(torch.flatten(x, 1))


# ---- SqueezeNet 1.1: Iandola et al. 2016, arXiv:1602.07360


class Fire(nn.Module):
    def __init__(self, inputs, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.squeeze_activation = nn.ReLU(inplace=True)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand1x1_activation = nn.ReLU(inplace=True)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)
        self.expand3x3_activation = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.squeeze_activation(self.squeeze(x))
        return torch.cat([self.expand1x1_activation(self.expand1x1(x)),
                          self.expand3x3_activation(self.expand3x3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self, image, classes):
        super().__init__()

        def pool():
            return nn.MaxPool2d(3, 2, ceil_mode=True)

        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, 2), nn.ReLU(inplace=True), pool(), Fire(64, 16, 64), Fire(128, 16, 64), pool(),
            Fire(128, 32, 128), Fire(256, 32, 128), pool(), Fire(256, 48, 192), Fire(384, 48, 192),
            Fire(384, 64, 256), Fire(512, 64, 256))
        self.classifier = nn.Sequential(nn.Dropout(0.5), nn.Conv2d(512, classes, 1), nn.ReLU(inplace=True),
                                        nn.AdaptiveAvgPool2d((1, 1)))

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


# ---- VGG-11: Simonyan and Zisserman 2014, arXiv:1409.1556


class VGG11(nn.Module):
    def __init__(self, image, classes):
        super().__init__()
        layers, inputs = [], 3
        for width in 64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M":
            if width == "M":
                layers.append(nn.MaxPool2d(2, 2))
            else:
                layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU(inplace=True)]
                inputs = width
        hidden = 4096 if image >= 224 else 512
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(512 * (image // 32) ** 2, hidden), nn.ReLU(True), nn.Dropout(), nn.Linear(hidden, hidden),
            nn.ReLU(True), nn.Dropout(), nn.Linear(hidden, classes))

    def forward(self, x):
        x = self.features(x)
        return self.classifier(x.view(x.size(0), -1))


# ---- DenseNet-121: Huang et al. 2016, arXiv:1608.06993


class DenseLayer(nn.Module):
    def __init__(self, inputs, growth):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, features):
        x = self.conv1(torch.relu(self.norm1(torch.cat(features, 1))))
        return self.conv2(torch.relu(self.norm2(x)))


class DenseBlock(nn.Module):
    def __init__(self, layers, inputs, growth):
        super().__init__()
        for i in range(layers):
            self.add_module(f"denselayer{i + 1}", DenseLayer(inputs + i * growth, growth))

    def forward(self, x):
        features = [x]
        for layer in self.children():
            features.append(layer(features))
        return torch.cat(features, 1)


def transition(inputs):
    return nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, inputs // 2, 1, bias=False),
                         nn.AvgPool2d(2, 2))


class DenseNet121(nn.Module):
    def __init__(self, image, classes):
        super().__init__()
        parts = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        width = 64
        for layers in 6, 12, 24, 16:
            parts.append(DenseBlock(layers, width, 32))
            width += 32 * layers
            if layers != 16:
                parts.append(transition(width))
                width //= 2
        self.features = nn.Sequential(*parts, nn.BatchNorm2d(width))
        self.classifier = nn.Linear(width, classes)

    def forward(self, x):
        x = torch.relu(self.features(x))
        return self.classifier(x.mean([2, 3]))


# ---- EfficientNet-B0: Tan and Le 2019, arXiv:1905.11946


class SqueezeExcitation(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.SiLU(inplace=True)
        self.scale_activation = nn.Sigmoid()

    def forward(self, x):
        return self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x))))) * x


class MBConv(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        layers = [conv_norm(inputs, hidden, 1, activation=nn.SiLU)] if expansion != 1 else []
        layers += [conv_norm(hidden, hidden, kernel, stride, hidden, nn.SiLU),
                   SqueezeExcitation(hidden, max(1, inputs // 4)), conv_norm(hidden, outputs, 1, activation=None)]
        self.block = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return self.block(x) + x if self.residual else self.block(x)


class EfficientNetB0(nn.Module):
    STAGES = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5),
              (6, 192, 4, 2, 5), (6, 320, 1, 1, 3))

    def __init__(self, image, classes):
        super().__init__()
        layers, inputs = [conv_norm(3, 32, 3, 2, activation=nn.SiLU)], 32
        for expansion, outputs, repeats, stride, kernel in self.STAGES:
            for i in range(repeats):
                layers.append(MBConv(inputs, outputs, kernel, stride if i == 0 else 1, expansion))
                inputs = outputs
        layers.append(conv_norm(inputs, 1280, 1, activation=nn.SiLU))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


# ---- A small U-Net: Ronneberger et al. 2015, arXiv:1505.04597


class UNet(nn.Module):
    """Two ways up: a transposed convolution and an interpolation."""

    def __init__(self, image, classes):
        super().__init__()
        self.down1 = nn.Sequential(conv_norm(3, 16), conv_norm(16, 16))
        self.down2 = nn.Sequential(conv_norm(16, 32), conv_norm(32, 32))
        self.bottom = nn.Sequential(conv_norm(32, 64), conv_norm(64, 64))
        self.pool = nn.MaxPool2d(2)
        self.up2 = nn.ConvTranspose2d(64, 32, 2, 2)
        self.join2 = conv_norm(64, 32)
        self.up1 = nn.Upsample(scale_factor=2, mode="nearest")
        self.join1 = conv_norm(48, 16)
        self.head = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        first = self.down1(x)
        second = self.down2(self.pool(first))
        x = self.bottom(self.pool(second))
        x = self.join2(torch.cat([self.up2(x), second], 1))
        x = self.join1(torch.cat([self.up1(x), first], 1))
        return self.head(x)


NETWORKS = {
    "resnet18": ResNet18, "resnet50": ResNet50, "mobilenet_v2": MobileNetV2, "squeezenet1_1": SqueezeNet, "vgg11": VGG11,
    "densenet121": DenseNet121, "efficientnet_b0": EfficientNetB0, "unet": UNet,
}


def spread_norms(model, image):
    """Batch norms with statistics, scales and shifts that are none of the initial ones."""
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # the mean over all batches
        nn.init.uniform_(norm.weight, 0.7, 1.3)
        nn.init.normal_(norm.bias, 0, 0.1)
    model.train()
    with torch.no_grad():
        for _ in range(2):
            model(torch.rand(8, 3, image, image))
    for norm in norms:
        norm.momentum = 0.1


def make(name, image, classes, seed=1):
    """A network ready for inference."""
    torch.manual_seed(seed)
    model = NETWORKS[name](image, classes)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    spread_norms(model, min(image, 96) if name != "vgg11" else image)
    return model.eval()
