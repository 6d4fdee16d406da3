"""What a plain script does: reads every frame with OpenCV and takes a small grey picture of one a second."""

import sys

import cv2

video = cv2.VideoCapture(sys.argv[1])
rate = video.get(cv2.CAP_PROP_FPS) or 25
taken = 0
index = 0
while True:
    there, frame = video.read()
    if not there:
        break
    if index % round(rate) == 0:
        cv2.cvtColor(cv2.resize(frame, (384, 216), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
        taken += 1
    index += 1
print(taken)
