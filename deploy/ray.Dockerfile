# docker build -f deploy/ray.Dockerfile -t REGISTRY/receipt-ocr-ray .
# The version of Ray is that of constraints.txt and of kuberay.yaml: all machines of a cluster need the same.
FROM rayproject/ray:2.60.0-py312
WORKDIR /home/ray/receipt-ocr
COPY --chown=ray pyproject.toml README.md LICENSE constraints.txt ./
COPY --chown=ray src ./src
COPY --chown=ray examples ./examples
RUN pip install --no-cache-dir '.[ray]' && cd / && ocr doctor
WORKDIR /home/ray
